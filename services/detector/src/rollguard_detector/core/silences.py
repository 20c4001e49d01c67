"""
Series that are overdue: who fell silent while others of the same workload went on, or while the partition of the log did.

The rule: what tells is the workload's own event time, or the arrival of the partition's records (``listening``), never a clock, so
a replay finds the same silences. A series of a revision that serves no longer is not missed.
What was said, or is not missed, is not looked at again until it reports.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Flags, Floats, Rows
from rollguard_detector.core.listening import Instants
from rollguard_detector.core.series import SeriesBook
from rollguard_detector.core.workloads import Workload


class Stood(NamedTuple):
    """By row: when it is overdue, when it was heard last, where it stood then, and after how many samples."""

    due_at: Floats
    heard_at: Floats
    recent: Floats
    samples: NDArray[np.int32]

    def of(self, row: int, lag: float) -> "Overdue":
        """Return the same of one row."""
        due_at, heard_at, recent = (float(column[row]) for column in (self.due_at, self.heard_at, self.recent))
        return Overdue(due_at, heard_at, recent, int(self.samples[row]), lag)


class Overdue(NamedTuple):
    """The same of one series; ``lag`` is by how much its samples arrive after their event time (inf: nobody knows)."""

    due_at: float
    heard_at: float
    recent: float
    samples: int
    lag: float

    def is_due(self, clock: float, resumed_at: float) -> bool:
        """Whether its partition is late enough to miss it, and has not only just gone on itself."""
        return max(self.due_at + self.lag, resumed_at + self.due_at - self.heard_at) < clock


class Silences:
    """By row, whether its silence is settled (said, or not missed), now and before the poll that is being settled."""

    def __init__(self, book: SeriesBook) -> None:
        self._book = book
        self._is_settled: Flags = np.zeros(0, np.bool_)
        self.before = self._is_settled
        self.lag = self.lag_before = np.zeros(0)  # by row, of its last sample; inf where no partition told

    def hear(self, rows: Rows) -> None:
        """Begin a poll in which these rows report: their next silence is a new one."""
        missing = self._book.capacity - len(self._is_settled)
        self.before = np.concatenate([self._is_settled, np.zeros(max(missing, 0), np.bool_)])
        self._is_settled = self.before.copy()
        self._is_settled[rows] = False
        self.lag_before = np.concatenate([self.lag, np.full(max(missing, 0), np.inf)])
        self.lag = self.lag_before.copy()

    def hushed(self, heard: "Heard", due_before: Floats, due_after: Floats) -> NDArray[np.int32]:
        """
        Return the numbers of the workloads that their partition misses at some place of the poll, or nearly: few ever are.

        ``due_before`` and ``due_after`` are by row, before and after the poll.
        """
        instants, deadline = heard.instants, heard.due_at + heard.lag
        self.lag[heard.rows] = heard.lag
        if not (instants.source >= 0).any():
            return np.zeros(0, np.int32)
        known = len(due_before)
        open_before = np.where(self.before[:known], np.inf, due_before + self.lag_before[:known])
        order = np.argsort(heard.rows, kind="stable")
        rows, until = heard.rows[order], np.concatenate([[np.inf], deadline[order][:-1]])
        is_first = np.concatenate([[True], rows[1:] != rows[:-1]])
        until[is_first] = np.where(rows[is_first] < known, open_before[np.minimum(rows[is_first], known - 1)], np.inf)
        ended = heard.workloads[order][until < instants.clock[order]]
        clock = np.full(int(instants.source.max()) + 2, -np.inf)  # the last place stands for partitions that are not in the poll
        np.maximum.at(clock, instants.source, instants.clock)
        clock[-1] = -np.inf
        of = heard.source_of[self._book.workload_of[: len(due_after)]]
        open_after = np.where(self._is_settled[: len(due_after)], np.inf, due_after + self.lag[: len(due_after)])
        lasting = np.flatnonzero(open_after < clock[np.where(of < len(clock) - 1, of, -1)])
        return np.unique(np.concatenate([ended, self._book.workload_of[lasting]])).astype(np.int32)

    def stirred(self, workloads: NDArray[np.int32], at_seconds: Floats, due_at: Floats) -> NDArray[np.int32]:
        """Return the workloads of a poll in which a series is overdue at its end; ``due_at`` is by row."""
        if not len(workloads):
            return workloads
        count = int(max(workloads.max(), self._book.workload_of.max())) + 1
        newest, first_due = np.full(count, -np.inf), np.full(count, np.inf)
        np.maximum.at(newest, workloads, at_seconds)
        open_due = np.where(self._is_settled, np.inf, due_at)
        np.minimum.at(first_due, self._book.workload_of, open_due)
        return np.flatnonzero(first_due < newest).astype(np.int32)

    def is_settled(self, row: int) -> bool:
        """Whether nothing is left to say about the silence of a row."""
        return row < len(self._is_settled) and bool(self._is_settled[row])

    def lag_of(self, row: int) -> float:
        """Return by how much the samples of a row arrive after their event time; inf where nobody knows."""
        return float(self.lag[row]) if row < len(self.lag) else math.inf

    def settle(self, row: int, *, is_settled: bool) -> None:
        """Look at a row no more until it reports, or again."""
        self._is_settled[row] = is_settled


class Heard(NamedTuple):
    """
    A poll as silences see it, a place each: row, workload, event time, when the row is due next, and how late it was there.

    ``source_of`` is by number of the workload: of which partition it is.
    """

    rows: Rows
    workloads: NDArray[np.int32]
    at_seconds: Floats
    due_at: Floats
    instants: Instants
    source_of: NDArray[np.int32]

    @property
    def lag(self) -> Floats:
        """By how much each sample came after its event time; inf where no partition tells."""
        return np.where(self.instants.source >= 0, self.instants.arrived_at - self.at_seconds, np.inf)


class Vigil:
    """The deadlines of one workload's series along the log of one poll."""

    def __init__(self, workload: Workload, stood: Stood, silences: Silences, heard_at: float) -> None:
        self._workload, self._silences, self._heard_at = workload, silences, heard_at
        lag = silences.lag_before
        self._due = {
            row: stood.of(row, float(lag[row])) for row in workload.rows if row < len(stood.due_at) and not silences.before[row]
        }
        self._next = self._first_due()

    def pass_to(self, at_seconds: float) -> Iterator[tuple[int, Overdue]]:
        """
        Yield the rows that are overdue and missed, each once, with where they stood.

        They have to be overdue at an instant before this one: after an outage of the whole workload somebody reports first.
        """
        before, self._heard_at = self._heard_at, max(self._heard_at, at_seconds)
        while self._next < before:
            yield from self._give_up([row for row, due in self._due.items() if due.due_at < before])

    def hush(self, clock: float, resumed_at: float) -> Iterator[tuple[int, Overdue]]:
        """Yield the rows that their partition misses, each once, the first that was due first."""
        late = [row for row, due in self._due.items() if due.is_due(clock, resumed_at)]
        yield from self._give_up(sorted(late, key=lambda row: self._due[row].due_at))

    @property
    def is_over(self) -> bool:
        """Whether none of the series is waited for any more."""
        return self._next == math.inf

    def _give_up(self, rows: list[int]) -> Iterator[tuple[int, Overdue]]:
        gone = {row: self._due.pop(row) for row in rows}
        self._next = self._first_due()
        for row, overdue in gone.items():
            self._silences.settle(row, is_settled=True)
            if self._workload.rows.get(row) in (None, self._workload.serving):
                yield row, overdue

    def hear(self, row: int, due: Overdue) -> None:
        """Move the deadline of a row that reported."""
        self._silences.settle(row, is_settled=False)
        self._due[row] = due
        self._next = min(self._next, due.due_at)

    def _first_due(self) -> float:
        return min((due.due_at for due in self._due.values()), default=math.inf)
