"""
The tracks of objectives: one series of one revision against one bound, each a row.

A track counts how often in a row its series lay beyond the bound, within it, and on its way there. What the counts mean for the
objective, which may have many tracks, is the episode's business (``core/objectives.py``).
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Column, Columns, Flags, Floats, Rows
from rollguard_detector.core.banks.outlook import OutlookBank, Outlooks
from rollguard_detector.core.objectives import CONFIRMING_SAMPLES, LOW_SHARE, Terms
from rollguard_detector.core.outlook.filling import Filling


class Watched(NamedTuple):
    """What a round says of each track, after its sample; arrays of one length."""

    outlook: Outlooks
    beyond: NDArray[np.int32]
    within: NDArray[np.int32]
    likely: NDArray[np.int32]
    samples: NDArray[np.int32]
    interval_seconds: Floats
    is_well: Flags
    is_stirring: Flags  # the sample may open an episode

    @classmethod
    def joined(cls, turns: Sequence[tuple[Rows, "Watched"]], count: int) -> "Watched":
        """Put rounds together again: each comes with the places of its rows."""
        places = np.concatenate([turn for turn, _ in turns]) if turns else np.empty(0, np.intp)
        order = np.empty(count, np.intp)
        order[places] = np.arange(count)
        several = [watched for _, watched in turns] or [_NOBODY]
        outlook = Outlooks(*(np.concatenate(columns)[order] for columns in zip(*(one.outlook for one in several), strict=True)))
        rest = (np.concatenate(columns)[order] for columns in zip(*(one[1:] for one in several), strict=True))
        return cls(outlook, *rest)


_NOBODY = Watched(Outlooks(*(np.empty(0) for _ in Outlooks._fields)), *(np.empty(0) for _ in Watched._fields[1:]))  # type: ignore[arg-type]


class TrackBank(Bank):
    """Bound, side and threshold of each track, its counts, and its forecast."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "bound": Column(),
        "sign": Column(np.int8, 1),
        "probability": Column(),
        "consecutive": Column(np.int32, 1),
        "beyond": Column(np.int32),
        "within": Column(np.int32),
        "likely": Column(np.int32),
        "samples": Column(np.int32),
        "heard_at": Column(),
        "interval": Column(),
        "well": Column(np.bool_),
    }
    bound: Floats
    sign: NDArray[np.int8]
    probability: Floats
    consecutive: NDArray[np.int32]
    beyond: NDArray[np.int32]
    within: NDArray[np.int32]
    likely: NDArray[np.int32]
    samples: NDArray[np.int32]
    heard_at: Floats
    interval: Floats
    well: Flags

    def __init__(self) -> None:
        self.outlook = OutlookBank()
        self.fillings: dict[int, Filling] = {}  # of the rows whose bound is a limit that fills up; few, so each is an object
        super().__init__(outlook=self.outlook)

    @property
    def pool_ticks(self) -> NDArray[np.int64]:
        """The tick of event time that each pool is in, by its number."""
        return self.outlook.pools.tick

    def pools_of(self, rows: Rows) -> Rows:
        """Return the number of the pool in which each row learns."""
        return self.outlook.pool[rows].astype(np.intp)

    def settle(self, pools: Rows, at_seconds: Floats) -> None:
        """Let pools learn what matured before their own samples came to these times."""
        self.outlook.pools.settle(pools, at_seconds)

    def restore_tracks(self, rows: Rows, columns: Columns) -> None:
        """Put rows back; each goes on learning in the pool that it has here."""
        pools = self.outlook.pool[rows].copy()
        self.restore(rows, columns)
        self.outlook.pool[rows] = pools

    def open(self, row: int, terms: Terms, pool: int, *, is_new_pool: bool) -> None:
        """Begin a track of these terms in a row that is as it was made or was cleared; its forecasts learn in its metric's pool."""
        rows = np.array([row], dtype=np.intp)
        objective = terms.objective
        is_above = objective.direction == "above"
        self.bound[row], self.sign[row] = objective.bound, 1 if is_above else -1
        self.probability[row], self.consecutive[row] = terms.probability, objective.consecutive_samples
        self.outlook.open(
            rows, np.array([objective.bound]), np.array([is_above]), np.array([terms.horizon_seconds]), np.array([pool])
        )
        self.fillings.pop(row, None)
        if objective.saturation is not None:
            self.fillings[row] = Filling(objective.bound, 1.0 if is_above else -1.0, objective.saturation)
        if is_new_pool:
            self.outlook.pools.clear(np.array([pool], dtype=np.intp))

    def watch(self, rows: Rows, at_seconds: Floats, values: Floats) -> Watched:
        """Take one sample a row in."""
        outlook = self.outlook.forecast_then_learn(rows, at_seconds, values)
        if self.fillings:
            self._fill(rows, at_seconds, values, outlook)
        if (loop := loops.of("tracks")) is not None:
            return Watched(outlook, *loop.count(self, rows, at_seconds, values, outlook))
        return self._count(rows, at_seconds, values, outlook)

    def _count(self, rows: Rows, at_seconds: Floats, values: Floats, outlook: Outlooks) -> Watched:
        is_beyond = self.sign[rows] * (values - self.bound[rows]) > 0
        self.beyond[rows] = np.where(is_beyond, self.beyond[rows] + 1, 0)
        self.within[rows] = np.where(is_beyond, 0, self.within[rows] + 1)
        likely = outlook.is_known & (outlook.probability >= self.probability[rows])
        self.likely[rows] = np.where(likely, self.likely[rows] + 1, 0)
        self.interval[rows] = np.where(self.samples[rows] > 0, at_seconds - self.heard_at[rows], 0.0)
        self.heard_at[rows] = at_seconds
        self.samples[rows] += 1
        unlikely = outlook.is_known & (outlook.probability <= LOW_SHARE * self.probability[rows])
        self.well[rows] = unlikely & (self.within[rows] >= self.consecutive[rows])
        return Watched(
            outlook,
            self.beyond[rows],
            self.within[rows],
            self.likely[rows],
            self.samples[rows],
            self.interval[rows],
            self.well[rows],
            (self.beyond[rows] >= self.consecutive[rows]) | (self.likely[rows] >= CONFIRMING_SAMPLES),
        )

    def _fill(self, rows: Rows, at_seconds: Floats, values: Floats, outlook: Outlooks) -> None:
        """Say of the limits when they are full, in place of the forecast that knows no limits."""
        for place in np.flatnonzero(np.isin(rows, list(self.fillings))).tolist():
            row, at, value = int(rows[place]), float(at_seconds[place]), float(values[place])
            elapsed = at - float(self.heard_at[row]) if self.samples[row] else 0.0
            filled = self.fillings[row].learn(at, elapsed, value)
            outlook.is_known[place] = filled is not None
            if filled is not None and outlook.probability[place] < 1.0:
                outlook.has_trend[place] = filled.slope_per_second != 0.0
                for column, said in zip(outlook[:6], filled, strict=True):
                    column[place] = said
