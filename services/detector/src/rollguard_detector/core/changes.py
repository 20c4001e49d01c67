"""
Which workloads know something that they did not know when this was asked last: what a snapshot is out of date for.

Whatever a series learns moves the time at which it was heard, and a series that ended is told by the book. So one look at a column
tells, and nothing has to be noted on the way of a point.
"""

import numpy as np

from rollguard_detector.core.series import SeriesBook


class Changes:
    """The column as it stood at the last look."""

    def __init__(self, book: SeriesBook) -> None:
        self._book = book
        self._heard_at = book.heard_at.copy()

    def take(self) -> set[str]:
        """Return the workloads of which a series was heard, ended, or was missed, since the last look."""
        now, before = self._book.heard_at, self._heard_at
        before = np.concatenate([before, np.full(len(now) - len(before), -np.inf)])
        ended = self._book.take_ended()
        before[[row for _, row in ended]] = np.nan  # whoever has the row by now may have been heard at the same instant
        rows = np.flatnonzero((now != before) & (now > -np.inf))
        _, firsts = np.unique(self._book.workload_of[rows], return_index=True)
        self._heard_at = now.copy()
        heard = {self._book.at(row).workload.name for row in rows[firsts].tolist()}
        return heard | {name for name, _ in ended} | self._book.take_missed()
