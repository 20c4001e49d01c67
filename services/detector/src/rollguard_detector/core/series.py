"""
Which series are kept, and in which row of the banks each one lives.

A series is one metric of one workload under one set of labels, of one revision: two revisions that report side by side are learned
apart. The rule: memory is bounded by rows, never by what producers send. A row is given back when its series was not heard for an
hour and room is needed; beyond the ceilings, in all and a workload, a new series is refused and counted, since memory that grows
with every label value ends the process for all, and one workload's labels must not take the room of the others.
"""

import math
from collections.abc import Iterator, Mapping
from sys import intern
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import siblings
from rollguard_detector.core.banks.bank import Flags, Floats, Rows
from rollguard_detector.core.latest import Latest
from rollguard_detector.core.objectives import Terms
from rollguard_detector.core.readings import Labels, Lane, series_text
from rollguard_detector.core.spending import Spending
from rollguard_detector.core.workloads import Workload

Ceiling = Literal["series-ceiling", "workload-ceiling"]

_IDLE_SECONDS = 3_600.0
_SWEEP_SECONDS = 60.0
_FIRST_CAPACITY = 64
_GROWTH = 4  # a quarter more whenever the rows are spent: memory that is only reserved is memory all the same
_NO_TRACKS: Mapping[str, int] = MappingProxyType({})  # shared: nearly no series has an objective
_NO_TERMS: Mapping[str, Terms] = MappingProxyType({})


class SeriesKey(NamedTuple):
    """What names a series."""

    workload: str
    metric: str
    labels: Labels
    revision: str | None

    @property
    def text(self) -> str:
        """The series as people write it."""
        return series_text(self.metric, self.labels)


class Series:
    """One kept series: its row, the last point where the next is told from it, and the tracks of the objectives that watch it."""

    __slots__ = ("_lane", "is_new", "key", "row", "spendings", "terms", "tracks", "unit", "workload")

    def __init__(self, key: SeriesKey, row: int, unit: str, workload: Workload) -> None:
        self.key, self.row, self.unit, self.workload = key, row, unit, workload
        self.is_new = True  # no number of it was learned yet, and from nobody
        self._lane: Lane | None = None
        self.tracks = _NO_TRACKS  # by objective, the row that watches this series for it
        self.spendings: tuple[Spending, ...] = ()  # the error budgets that its events are taken from
        self.terms = _NO_TERMS  # by objective, what that row was opened with

    @property
    def lane(self) -> Lane:
        """What its last point said; whoever lets it read another hands it to ``keep``."""
        return self._lane or Lane()

    def keep(self, lane: Lane) -> None:
        """Keep what the last point said, where there is anything to keep; of most series there is not."""
        self._lane = None if lane.is_blank else lane

    def watch(self, objective: str, row: int, terms: Terms) -> None:
        """Let a row watch this series for an objective."""
        self.tracks, self.terms = {**self.tracks, objective: row}, {**self.terms, objective: terms}

    def unwatch(self, objective: str) -> int:
        """Return the row that watched this series for an objective, and watches it no longer."""
        row = self.tracks[objective]
        self.tracks = {name: other for name, other in self.tracks.items() if name != objective} or _NO_TRACKS
        self.terms = {name: terms for name, terms in self.terms.items() if name != objective} or _NO_TERMS
        return row


class SeriesBook:
    """The series by key and by row; what is asked of many rows at once stands in arrays."""

    def __init__(self, most: int, most_a_workload: int) -> None:
        self._most, self._most_a_workload = most, most_a_workload
        self.version = 0  # grows when series are forgotten: a row that was asked for before may be another's now
        self._by_key: dict[SeriesKey, Series] = {}
        self._by_row: list[Series | None] = []
        self._free: list[int] = []
        self._latest = Latest()
        self._swept_at = -math.inf
        self._ended: list[tuple[str, int]] = []
        self._missed: set[str] = set()
        self.heard_at: Floats = np.full(_FIRST_CAPACITY, -np.inf)
        self._is_used: Flags = np.zeros(_FIRST_CAPACITY, np.bool_)
        self.workload_of: NDArray[np.int32] = np.zeros(_FIRST_CAPACITY, np.int32)
        self.is_plain: Flags = np.zeros(_FIRST_CAPACITY, np.bool_)  # its gauges may be read in bulk (``core/sieve.py``)
        self.is_steady: Flags = np.zeros(_FIRST_CAPACITY, np.bool_)  # its points change nothing in which revision serves

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Series]:
        return iter(self._by_key.values())

    @property
    def capacity(self) -> int:
        """How many rows the banks need: a share more whenever they are spent, so that growth costs little a series."""
        return len(self.heard_at)

    def refusal(self, of_workload: int) -> Ceiling | None:
        """Return the ceiling that the next new series of a workload with so many is over, if any."""
        if len(self._by_key) >= self._most:
            return "series-ceiling"
        return "workload-ceiling" if of_workload >= self._most_a_workload else None

    def has_room(self, new: int, of_workload: int) -> bool:
        """Whether so many new series are below both ceilings, though all were of a workload that has so many already."""
        return len(self) + new < self._most and of_workload + new <= self._most_a_workload

    def rows_in_use(self) -> Rows:
        """Return the row of each series, in ascending order."""
        return np.flatnonzero(self._is_used)

    def get(self, key: SeriesKey) -> Series | None:
        """Return a series that is kept."""
        return self._by_key.get(key)

    def at(self, row: int) -> Series:
        """Return the series of a row in use."""
        series = self._by_row[row]
        if series is None:
            raise KeyError(f"row {row} is not in use")
        return series

    def of(self, workload: Workload) -> list[Series]:
        """Return the series of a workload, in the order in which they came."""
        return [self.at(row) for row in workload.rows]

    def workloads_of(self, rows: Rows) -> NDArray[np.int32]:
        """Return the number of the workload of each row."""
        return self.workload_of[rows]

    def note_plain(self, series: Series, *, repeats: bool) -> None:
        """Note whether gauges of a series may be read in bulk; ``repeats``: a missing number means the one before."""
        workload, key = series.workload, series.key
        is_alone = workload.rules_of(key.metric) is not None or workload.trials.hears(key.metric, key.revision)
        self.is_plain[series.row] = series.lane.is_forgetful and not is_alone and not repeats
        serves = key.revision is None or (workload.is_steady and key.revision == workload.revisions.serving)
        self.is_steady[series.row] = serves and not series.is_new

    def note_mirrored(self, series: Series) -> None:
        """Note that points of a series are read one by one, and change nothing for the others of its workload."""
        self.is_plain[series.row], self.is_steady[series.row] = False, True

    def note_none_plain(self, workload: Workload) -> None:
        """Read the series of a workload one by one until each was looked at again."""
        rows = list(workload.rows)
        self.is_plain[rows] = self.is_steady[rows] = False

    def admit(self, key: SeriesKey, unit: str, workload: Workload) -> Series:
        """Give a new series a row; whoever asks has looked for a ``refusal``."""
        row = self._free.pop() if self._free else len(self._by_row)
        key = _interned(key)
        series = Series(key, row, intern(unit), workload)
        if row == len(self._by_row):
            self._by_row.append(series)
            self._grow()
        self._by_row[row] = self._by_key[key] = series
        self.heard_at[row], self.workload_of[row] = -np.inf, workload.number
        self.is_plain[row] = self.is_steady[row] = False
        self._is_used[row] = True
        workload.rows[row] = key.revision
        self._latest.put(series)
        return series

    def continued_by(self, key: SeriesKey) -> Series | None:
        """Return the series that a new one continues: the same metric and labels, of the revision that came last."""
        return self._latest.get(key)

    def siblings_of(self, key: SeriesKey) -> list[Series]:
        """Return series of the same metric and workload under other labels, a handful of those that came first."""
        return self._latest.others(key, siblings.MOST)

    def make_room(self, at_seconds: float, held: set[int]) -> list[Series]:
        """Forget and return the series that were not heard for an hour, but none in a ``held`` row."""
        newest = max(at_seconds, float(self.heard_at.max()))
        if newest - self._swept_at < _SWEEP_SECONDS:
            return []
        self._swept_at = newest
        late = newest - _IDLE_SECONDS
        idle = [series for series in self if self.heard_at[series.row] < late and series.row not in held]
        for series in idle:
            self._forget(series)
        return idle

    def forget_all(self, workload: Workload) -> list[Series]:
        """Forget and return the series of a workload."""
        several = self.of(workload)
        for series in several:
            self._forget(series)
        return several

    def note_missed(self, workload: Workload) -> None:
        """Remember that something was said of a workload of which nothing was heard."""
        self._missed.add(workload.name)

    def take_missed(self) -> set[str]:
        """Return the names of the workloads that were missed since this was asked last."""
        missed, self._missed = self._missed, set()
        return missed

    def take_ended(self) -> list[tuple[str, int]]:
        """Return the workload and the row of each series that was forgotten since this was asked last."""
        ended, self._ended = self._ended, []
        return ended

    def _forget(self, series: Series) -> None:
        self.version += 1
        self._ended.append((series.workload.name, series.row))
        del self._by_key[series.key]
        self._by_row[series.row] = None
        self.heard_at[series.row] = -np.inf
        self._is_used[series.row] = False
        self._free.append(series.row)
        del series.workload.rows[series.row]
        self._latest.forget(series)

    def _grow(self) -> None:
        if len(self._by_row) <= self.capacity:
            return
        added = max(_FIRST_CAPACITY, min(self.capacity // _GROWTH, self._most - self.capacity))
        self.heard_at = np.concatenate([self.heard_at, np.full(added, -np.inf)])
        self.workload_of = np.concatenate([self.workload_of, np.zeros(added, np.int32)])
        self._is_used = np.concatenate([self._is_used, np.zeros(added, np.bool_)])
        self.is_plain = np.concatenate([self.is_plain, np.zeros(added, np.bool_)])
        self.is_steady = np.concatenate([self.is_steady, np.zeros(added, np.bool_)])


def _interned(key: SeriesKey) -> SeriesKey:
    """Return a key whose texts are shared: most series have them from few."""
    labels = tuple((intern(name), intern(text)) for name, text in key.labels)
    return SeriesKey(intern(key.workload), intern(key.metric), labels, key.revision and intern(key.revision))
