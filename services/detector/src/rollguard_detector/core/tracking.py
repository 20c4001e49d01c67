"""
Which series are watched for which objective, and a poll through their tracks.

A track is a row of its own, since one series may have several objectives and most have none. What a track counted stays in its
bank; only how it stands is told to the objective, when something is to be settled.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Columns, Flags, Floats, Rows
from rollguard_detector.core.banks.tracks import TrackBank, Watched
from rollguard_detector.core.objectives import Forecast, ObjectiveWatch, Standing, Terms
from rollguard_detector.core.outlook.filling import FillingKept
from rollguard_detector.core.outlook.reliability import Reliability
from rollguard_detector.core.poll import Samples
from rollguard_detector.core.pools import Pools, phases
from rollguard_detector.core.readings import Reading
from rollguard_detector.core.rounds import rounds
from rollguard_detector.core.series import Series
from rollguard_schemas.evidence import Quantiles

_FIRST_CAPACITY = 16
_GROWTH = 4  # a quarter more whenever the rows are spent, as of series
_NO_TRACK = -1


class Tracked(NamedTuple):
    """What a poll did to tracks: for each pair of a point's place and a track's row, in the order of the log, how it stands."""

    places: Rows
    rows: Rows
    watched: Watched

    @property
    def stirring(self) -> Rows:
        """The places of points after which an objective may have something to say."""
        return self.places[np.flatnonzero(self.watched.is_stirring)]

    def standing(self, place: int, row: int, reading: Reading, terms: Terms) -> Standing:
        """Return how a track stands after the sample at a place."""
        at = int(np.searchsorted(self.places, place))
        while self.rows[at] != row:
            at += 1
        watched = self.watched
        return Standing(
            revision=reading.revision,
            heard_at=reading.at_seconds,
            interval_seconds=float(watched.interval_seconds[at]),
            beyond=int(watched.beyond[at]),
            within=int(watched.within[at]),
            likely=int(watched.likely[at]),
            samples=int(watched.samples[at]),
            is_well=bool(watched.is_well[at]),
            forecast=_forecast(watched, at, terms.horizon_seconds),
        )


class TracksBefore(NamedTuple):
    """How all tracks stood before a poll, by row."""

    is_well: Flags
    heard_at: Floats
    interval_seconds: Floats
    samples: NDArray[np.int32]

    def of(self, watch: ObjectiveWatch) -> Iterator[tuple[int, Standing]]:
        """Yield the tracks of an objective that were ever heard; what they counted is of no matter until their next sample."""
        for row, revision in watch.rows.items():
            if row < len(self.samples) and self.samples[row]:
                heard_at, interval = float(self.heard_at[row]), float(self.interval_seconds[row])
                yield row, Standing(revision, heard_at, interval, 0, 0, 0, int(self.samples[row]), bool(self.is_well[row]), None)


class Tracks:
    """The tracks by row, and the bank that they live in."""

    def __init__(self) -> None:
        self._bank = TrackBank()
        self._free: list[int] = []
        self._used = 0
        self._pools = Pools()
        self._first: Rows = np.empty(0, np.intp)  # by row of a series, its first track
        self._more: dict[int, list[int]] = {}  # by row of a series, its other tracks

    @property
    def bytes_a_track(self) -> int:
        """How much one track takes."""
        return self._bank.bytes_a_row

    @property
    def count(self) -> int:
        """How many tracks there are."""
        return self._used - len(self._free)

    def names(self) -> tuple[str, ...]:
        """The columns as ``export`` names them."""
        return self._bank.names()

    def export(self, rows: Rows) -> Columns:
        """Return a copy of all that the tracks know."""
        return self._bank.export(rows)

    def restore(self, rows: Rows, columns: Columns) -> None:
        """Put back what ``export`` took; in which pool a row learns is of this process."""
        self._bank.restore_tracks(rows, columns)

    def export_pools(self, workload: str) -> tuple[tuple[str, ...], Columns]:
        """Return the metrics of a workload's pools, and a copy of what each pool learned."""
        numbers = self._pools.of(workload)
        return tuple(numbers), self._bank.outlook.pools.export(np.array(list(numbers.values()), dtype=np.intp))

    def restore_pools(self, workload: str, metrics: tuple[str, ...], columns: Columns) -> None:
        """Put back what pools learned, those that still have a track."""
        numbers = self._pools.of(workload)
        places = [place for place, metric in enumerate(metrics) if metric in numbers]
        rows = np.array([numbers[metrics[place]] for place in places], dtype=np.intp)
        self._bank.outlook.pools.restore(rows, {name: column[places] for name, column in columns.items()})

    def export_fillings(self, rows: list[int]) -> dict[int, FillingKept]:
        """Return what is known of the limits that fill up among these rows, by place."""
        fillings = self._bank.fillings
        return {place: fillings[row].kept() for place, row in enumerate(rows) if row in fillings}

    def restore_fillings(self, kept: Mapping[int, FillingKept]) -> None:
        """Put back what was known of limits, by row."""
        for row, filling in kept.items():
            if row in self._bank.fillings:
                self._bank.fillings[row].resume(filling)

    def reliability(self) -> Reliability:
        """Return what the matured forecasts of all tracks were worth."""
        return self._bank.outlook.pools.reliability(np.array(self._pools.numbers(), dtype=np.intp))

    def follow(self, series: Series) -> None:
        """Watch a series for the objectives of its metric as they stand; a track whose terms did not change goes on."""
        watches = series.workload.watches
        wanted = {name: watch.terms for name, watch in watches.items() if watch.terms.objective.metric == series.key.metric}
        for name in [name for name in series.tracks if wanted.get(name) != series.terms[name]]:
            self._close(series, name)
        for name, terms in wanted.items():
            if name not in series.tracks:
                series.watch(name, self._open(series, terms), terms)
            watches[name].rows[series.tracks[name]] = series.key.revision
        self._index(series)

    def drop(self, series: Series) -> None:
        """Give back the rows of a series that was forgotten."""
        for name, row in list(series.tracks.items()):
            series.workload.watches[name].rows.pop(row, None)
            self._close(series, name)
        self._index(series)

    def observe(self, of_series: Rows, samples: Samples) -> Tracked:
        """Take every point of a poll, given the row of its series, into the tracks of that series."""
        first = self._first[of_series] if len(self._first) else np.full(len(of_series), _NO_TRACK)
        places = np.flatnonzero(first != _NO_TRACK)
        rows = first[places]
        if self._more:
            places, rows = self._with_more(of_series, places, rows)
        at_seconds, values = samples.at_seconds[places], samples.values[places]
        taken: list[tuple[Rows, Watched]] = []
        for phase in phases(self._bank.pools_of(rows), at_seconds, self._bank.pool_ticks):
            self._bank.settle(phase.pools, phase.at_seconds)
            turns = [phase.places[turn] for turn in rounds(rows[phase.places])]
            taken += [(turn, self._bank.watch(rows[turn], at_seconds[turn], values[turn])) for turn in turns]
        return Tracked(places, rows, Watched.joined(taken, len(rows)))

    def _with_more(self, of_series: Rows, places: Rows, rows: Rows) -> tuple[Rows, Rows]:
        """Add the tracks of series that have more than one, and put all in the order of the log."""
        several = np.flatnonzero(np.isin(of_series, list(self._more)))
        more = [(place, row) for place in several.tolist() for row in self._more[int(of_series[place])]]
        added = np.array(more, dtype=np.intp).reshape(-1, 2)
        places, rows = np.concatenate([places, added[:, 0]]), np.concatenate([rows, added[:, 1]])
        order = np.argsort(places, kind="stable")
        return places[order], rows[order]

    def _index(self, series: Series) -> None:
        """Keep the arrays that lead from a series to its tracks."""
        if series.row >= len(self._first):
            longer = np.full(1 << max(series.row, _FIRST_CAPACITY - 1).bit_length(), _NO_TRACK, np.intp)
            longer[: len(self._first)] = self._first
            self._first = longer
        first, *more = series.tracks.values() or (_NO_TRACK,)
        self._first[series.row] = first
        self._more.pop(series.row, None)
        if more:
            self._more[series.row] = more

    def remember(self) -> "TracksBefore":
        """Copy how all tracks stand, before a poll moves them."""
        bank = self._bank
        return TracksBefore(bank.well.copy(), bank.heard_at.copy(), bank.interval.copy(), bank.samples.copy())

    def _open(self, series: Series, terms: Terms) -> int:
        row = self._used
        if self._free:
            row = self._free.pop()
            self._bank.clear(np.array([row], dtype=np.intp))
        self._used = max(self._used, row + 1)
        if row >= self._bank.capacity:
            self._bank.grow(max(_FIRST_CAPACITY, row + 1 + row // _GROWTH))
        pool, is_new = self._pools.take((series.key.workload, series.key.metric))
        self._bank.outlook.pools.grow(1 << max(pool, _FIRST_CAPACITY - 1).bit_length())
        self._bank.open(row, terms, pool, is_new_pool=is_new)
        return row

    def _close(self, series: Series, name: str) -> None:
        self._free.append(series.unwatch(name))
        self._pools.give_back((series.key.workload, series.key.metric))


def _forecast(watched: Watched, at: int, horizon_seconds: float) -> Forecast | None:
    outlook = watched.outlook
    if not outlook.is_known[at]:
        return None
    quantiles = (_finite(column[at]) for column in (outlook.eta_p10_seconds, outlook.eta_p50_seconds, outlook.eta_p90_seconds))
    p10, p50, p90 = quantiles
    return Forecast(
        probability=float(outlook.probability[at]),
        horizon_seconds=horizon_seconds,
        time_to_breach_seconds=Quantiles(p10=p10, p50=p50, p90=p90),
        level=float(outlook.level[at]),
        slope_per_second=float(outlook.slope_per_second[at]),
        has_trend=bool(outlook.has_trend[at]),
    )


def _finite(seconds: float) -> float | None:
    return float(seconds) if np.isfinite(seconds) else None
