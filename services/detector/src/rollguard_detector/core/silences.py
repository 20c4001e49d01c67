"""
Series of a workload that are overdue: who fell silent while others of the same workload went on.

The rule: only event time counts, and only that of the workload itself, so a replay finds the same silences; a workload that falls
silent as a whole is seen by nobody here (its age is exported instead). A series of a revision that serves no longer is not missed.
What was said, or is not missed, is not looked at again until it reports.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Flags, Floats, Rows
from rollguard_detector.core.series import SeriesBook
from rollguard_detector.core.workloads import Workload


class Stood(NamedTuple):
    """By row: when it is overdue, where it stood when it was heard last, and after how many samples."""

    due_at: Floats
    recent: Floats
    samples: NDArray[np.int32]


class Overdue(NamedTuple):
    """The same of one series."""

    due_at: float
    recent: float
    samples: int


class Silences:
    """By row, whether its silence is settled (said, or not missed), now and before the poll that is being settled."""

    def __init__(self, book: SeriesBook) -> None:
        self._book = book
        self._is_settled: Flags = np.zeros(0, np.bool_)
        self.before = self._is_settled

    def hear(self, rows: Rows) -> None:
        """Begin a poll in which these rows report: their next silence is a new one."""
        missing = self._book.capacity - len(self._is_settled)
        self.before = np.concatenate([self._is_settled, np.zeros(max(missing, 0), np.bool_)])
        self._is_settled = self.before.copy()
        self._is_settled[rows] = False

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

    def settle(self, row: int, *, is_settled: bool) -> None:
        """Look at a row no more until it reports, or again."""
        self._is_settled[row] = is_settled


class Vigil:
    """The deadlines of one workload's series along the log of one poll."""

    def __init__(self, workload: Workload, stood: Stood, silences: Silences, heard_at: float) -> None:
        self._workload, self._silences, self._heard_at = workload, silences, heard_at
        self._due = {
            row: Overdue(float(stood.due_at[row]), float(stood.recent[row]), int(stood.samples[row]))
            for row in workload.rows
            if row < len(stood.due_at) and not silences.before[row]
        }
        self._next = self._first_due()

    def pass_to(self, at_seconds: float) -> Iterator[tuple[int, Overdue]]:
        """
        Yield the rows that are overdue and missed, each once, with where they stood.

        They have to be overdue at an instant before this one: after an outage of the whole workload somebody reports first.
        """
        before, self._heard_at = self._heard_at, max(self._heard_at, at_seconds)
        while self._next < before:
            for row in [row for row, due in self._due.items() if due.due_at < before]:
                overdue = self._due.pop(row)
                self._silences.settle(row, is_settled=True)
                if self._workload.rows.get(row) in (None, self._workload.serving):
                    yield row, overdue
            self._next = self._first_due()

    def hear(self, row: int, due: Overdue) -> None:
        """Move the deadline of a row that reported."""
        self._silences.settle(row, is_settled=False)
        self._due[row] = due
        self._next = min(self._next, due.due_at)

    def _first_due(self) -> float:
        return min((due.due_at for due in self._due.values()), default=math.inf)
