"""
A poll through the error budgets: which of its points are events of a budget, and what each of them led to.

The rule: a budget sees every event of its workload, one after the other in the order of the log, whatever a poll holds besides.
"""

from collections.abc import Mapping

import numpy as np

from rollguard_detector.core.banks.bank import Flags, Rows
from rollguard_detector.core.poll import Samples
from rollguard_detector.core.series import Series, SeriesBook
from rollguard_detector.core.spending import SpendingStep

Spent = Mapping[int, list[SpendingStep]]  # by place of a poll


class Spendings:
    """Which rows of the book are counted by a budget."""

    def __init__(self, book: SeriesBook) -> None:
        self._book = book
        self._is_counted: Flags = np.zeros(0, np.bool_)

    def follow(self, series: Series) -> None:
        """Count a series for the budgets of its metric as they stand now."""
        if series.row >= len(self._is_counted):
            longer = np.zeros(self._book.capacity, np.bool_)
            longer[: len(self._is_counted)] = self._is_counted
            self._is_counted = longer
        several = series.workload.spendings.values()
        series.spendings = tuple(one for one in several if one.objective.metric == series.key.metric)
        self._is_counted[series.row] = bool(series.spendings)

    def observe(self, rows: Rows, samples: Samples) -> Spent:
        """Count the points of a poll; return the steps of those that caused one."""
        steps: dict[int, list[SpendingStep]] = {}
        for place in np.flatnonzero(self._is_counted[rows]).tolist():
            series = self._book.at(int(rows[place]))
            at_seconds, value, size = (float(one[place]) for one in (samples.at_seconds, samples.values, samples.sizes))
            for spending in series.spendings:
                step = spending.observe(at_seconds, value, size, series.key.revision)
                if step is not None:
                    steps.setdefault(place, []).append(step)
        return steps
