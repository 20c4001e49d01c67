"""
What one poll brought, gathered side by side so that it can be handed to the banks as arrays.

A point enters with what was true at its place in the log (the budget of its workload), not with what is true when the poll ends.
"""

import math
from typing import NamedTuple

import numpy as np

from rollguard_detector.core.arrivals import Arrivals
from rollguard_detector.core.banks.bank import Flags, Floats, Rows
from rollguard_detector.core.listening import Instants
from rollguard_detector.core.revisions import RevisionChange
from rollguard_detector.core.series import Series
from rollguard_detector.core.workloads import Workload
from rollguard_schemas.metrics import MetricPoint


class Samples(NamedTuple):
    """One sample a row: arrays of one length. ``budget_days`` is how long the row may go without one false alarm of each kind."""

    at_seconds: Floats
    values: Floats
    sizes: Floats  # of how many events a share was taken; NaN where the sample is no share
    budget_days: Floats
    frozen: Flags

    def at(self, places: Rows) -> "Samples":
        """Return the samples at these places."""
        return Samples(
            self.at_seconds[places], self.values[places], self.sizes[places], self.budget_days[places], self.frozen[places]
        )


class Changed(NamedTuple):
    """A change of the serving revision, told by a point of this poll."""

    point_index: int
    workload: Workload
    point: MetricPoint
    change: RevisionChange


class Gathered(NamedTuple):
    """The points of a poll that have a number, in the order of the log."""

    indices: Rows  # their places among all points of the poll
    rows: Rows
    at_seconds: Floats
    values: Floats
    sizes: Floats
    budgets: Floats

    def samples(self, frozen_from: Floats, frozen_until: Floats) -> Samples:
        """Return what the models take; the reference of a point within its span is held still."""
        frozen = (self.at_seconds >= frozen_from) & (self.at_seconds <= frozen_until)
        return Samples(self.at_seconds, self.values, self.sizes, self.budgets, frozen)


class Poll:
    """The points that have a number, as columns, and the changes of revision on the way; ``instants`` are those of all points."""

    def __init__(self, instants: Instants, arrivals: Arrivals) -> None:
        self._instants, self.arrivals = instants, arrivals
        self.clear()

    def clear(self) -> None:
        """Begin the next one."""
        self._ones: list[tuple[int, int, float, float, float, float]] = []
        self._bulk: Gathered | None = None
        self.changes: list[Changed] = []

    def __len__(self) -> int:
        """Return how many points have a number."""
        return len(self._ones) + (0 if self._bulk is None else len(self._bulk.rows))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to settle."""
        return not self._ones and not self.changes and self._bulk is None

    def take(self, index: int, series: Series, point: MetricPoint, value: float) -> None:
        """Add a point that has a number."""
        lane = series.lane
        size = lane.size_of(point, value)
        series.keep(lane)
        counted = math.nan if size is None else size
        self._ones.append((index, series.row, point.time_unix_seconds, value, counted, series.workload.budget_days))

    def take_many(self, bulk: Gathered) -> None:
        """Add gauges, once and before the first of the others."""
        self._bulk = bulk

    def instants(self, indices: Rows) -> Instants:
        """Return how late it was where these points came from."""
        return self._instants.at(indices)

    def gathered(self) -> Gathered:
        """Return all points in the order of the log."""
        columns = zip(*self._ones, strict=True) if self._ones else ((),) * len(Gathered._fields)
        dtypes = (np.intp, np.intp, *[np.float64] * 4)
        ones = Gathered._make(np.array(column, dtype) for column, dtype in zip(columns, dtypes, strict=True))
        if self._bulk is None:
            return ones
        if not self._ones:
            return self._bulk
        order = np.argsort(np.concatenate([self._bulk.indices, ones.indices]), kind="stable")
        return Gathered._make(np.concatenate(pair)[order] for pair in zip(self._bulk, ones, strict=True))
