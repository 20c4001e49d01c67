"""
What is the next value of thousands of series, and how far off is that usually? ``core/evidence/expectation`` in bulk.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows, put_side_by_side, side_by_side
from rollguard_detector.core.banks.day import DayBank, Place, shrinkage
from rollguard_detector.core.banks.half_lives import shares
from rollguard_detector.core.banks.memory import RememberingBank, bounds
from rollguard_detector.core.evidence import expectation as one
from rollguard_detector.core.evidence.day import DAY_SECONDS, LEAST_DAYS

_HANDICAPS, _STEPS = np.array(one.HANDICAPS)[:, None], np.array(one.STEPS)[:, None]
_QUICKER = np.array(one.QUICKER)[:, None]


class Told(NamedTuple):
    """What was expected of the values, on the scale of the model; see ``Expected``."""

    values: Floats
    scales: Floats
    innovations: Floats
    deviations: Floats
    levels: Floats


class _Ahead(NamedTuple):
    """What each level expects, of shape (3, rows), and the rows' damped trends."""

    bases: Floats
    effects: Floats
    announced: Floats
    trend: Floats


class ExpectationBank(Bank):
    """The three levels of every series, each of shape (rows, 3), their rests and their day."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "levels": Column(shape=(len(one.STEPS),)),
        **{name: Column() for name in ("trend", "samples", "first_seconds", "last_seconds", "step_seconds")},
    }

    levels: Floats
    trend: Floats
    samples: Floats
    first_seconds: Floats
    last_seconds: Floats
    step_seconds: Floats

    def __init__(self) -> None:
        self.rests, self.day = RememberingBank(), DayBank()
        super().__init__(rests=self.rests, day=self.day)

    def expect_then_learn(  # noqa: PLR0917  # a column each, and no two are alike
        self, rows: Rows, at_seconds: Floats, values: Floats, weights: Floats, frozen: Flags, half_lives: Floats | None = None
    ) -> Told:
        """Return what was expected of finite values at times after the rows' last ones, then learn them."""
        elapsed, gaps = self._move_to(rows, at_seconds, values)
        place = self.day.place(rows, at_seconds, elapsed, (at_seconds - self.first_seconds[rows]) / DAY_SECONDS)
        ahead = self._ahead(rows, gaps, place)
        rests = (values - ahead.bases) * weights
        told = self._told(rows, ahead, rests, weights, self._best(rows, place.known_days, frozen))
        most = bounds(self.rests.error[rows, one.DAILY], self.samples[rows])
        kept = self.rests.bounded_then_learn(rows, rests, rests - ahead.announced, self.samples[rows], frozen)
        self._move_levels(rows, ahead, (gaps, self._shares(rows, gaps, elapsed, half_lives)), kept, frozen)
        if frozen.any():
            usual = ~frozen
            self.day.learn(rows[usual], place.where(usual), values[usual], most[usual])
        else:
            self.day.learn(rows, place, values, most)
        return told

    def adopt(self, rows: Rows) -> None:
        """Take the recent levels for the usual ones."""
        recent = self.levels[rows, one.QUICK]
        moved = recent - self.levels[rows, one.STEADY]
        self.day.level[rows] += moved
        self.levels[rows, one.DAILY] += moved
        self.levels[rows, one.STEADY] = recent
        self.rests.before[rows] = 0.0

    def _move_to(self, rows: Rows, at_seconds: Floats, values: Floats) -> tuple[Floats, Floats]:
        """Return the seconds and the usual steps since the samples before."""
        new = self.samples[rows] == 0.0
        begun = rows[new]
        self.first_seconds[begun] = self.last_seconds[begun] = at_seconds[new]
        self.levels[begun] = values[new, None]
        self.day.level[begun] = values[new]
        samples = self.samples[rows] + 1.0
        elapsed, step = at_seconds - self.last_seconds[rows], self.step_seconds[rows]
        learned = step + np.maximum(one.STEP_WEIGHT, 1.0 / samples) * (np.minimum(elapsed, one.MOST_STEPS * step) - step)
        young = samples <= 2.0
        step = np.where(young, np.maximum(elapsed, one.LEAST_STEP_SECONDS), learned)
        self.samples[rows], self.last_seconds[rows], self.step_seconds[rows] = samples, at_seconds, step
        return elapsed, np.where(young, 1.0, elapsed / step)

    def _best(self, rows: Rows, days: Floats, frozen: Flags) -> NDArray[np.intp]:
        costs = side_by_side(self.rests.spread, rows) * _HANDICAPS
        costs[one.QUICK, frozen] = np.inf
        costs[one.DAILY, days < LEAST_DAYS] = np.inf
        best: NDArray[np.intp] = costs.argmin(axis=0)
        return best

    def _ahead(self, rows: Rows, gaps: Floats, place: Place) -> _Ahead:
        trend = self.trend[rows] * one.DAMPING
        effects = np.zeros((len(one.STEPS), len(rows)))
        effects[one.QUICK] = trend * np.minimum(gaps, one.MOST_STEPS)
        effects[one.DAILY] = shrinkage(place.known_days) * place.effect
        return _Ahead(side_by_side(self.levels, rows) + effects, effects, self.rests.announced(rows, gaps), trend)

    def _told(self, rows: Rows, ahead: _Ahead, rests: Floats, weights: Floats, best: NDArray[np.intp]) -> Told:
        chosen = best * len(rows) + np.arange(len(rows))  # in the flat (levels, rows)
        news = ahead.announced.take(chosen)
        innovations = rests.take(chosen) - news
        scales = np.sqrt(self.rests.spread.take(rows * len(one.STEPS) + best))
        unknown = np.where(innovations == 0.0, 0.0, np.copysign(one.UNKNOWN_SCALE, innovations))
        deviations = np.divide(innovations, scales, out=unknown, where=scales > 0.0)
        return Told(ahead.bases.take(chosen) + news / weights, scales, innovations, deviations, ahead.bases[one.STEADY])

    def _shares(self, rows: Rows, gaps: Floats, elapsed: Floats, half_lives: Floats | None) -> Floats:
        """Return the share that each level takes of a sample, (levels, rows); a young one is the plain mean."""
        taken: Floats = gaps / (gaps + _STEPS)
        if half_lives is not None:
            taken = shares(elapsed, half_lives, taken, _QUICKER)
        return np.maximum(taken, 1.0 / self.samples[rows], out=taken)

    def _move_levels(self, rows: Rows, ahead: _Ahead, moved: tuple[Floats, Floats], kept: Floats, frozen: Flags) -> None:
        gaps, taken = moved
        levels = ahead.bases + taken * kept
        levels[one.DAILY] -= ahead.effects[one.DAILY]
        if frozen.any():
            still = [level for level in range(len(one.STEPS)) if level != one.QUICK]
            levels[still] = np.where(frozen, side_by_side(self.levels, rows)[still], levels[still])
        put_side_by_side(self.levels, rows, levels)
        grown = one.TREND_SHARE * taken[one.QUICK] * kept[one.QUICK] / np.maximum(gaps, one.LEAST_GAP)
        self.trend[rows] = ahead.trend + grown
