"""
What one poll brought, gathered side by side so that it can be handed to the banks as arrays.

A point enters with what was true at its place in the log (the budget of its workload), not with what is true when the poll ends.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Flags, Floats, Rows
from rollguard_detector.core.budget import budget_days
from rollguard_detector.core.listening import Instant
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


class Instants(NamedTuple):
    """How late it was in the partition of each sample before it came (see ``listening``): arrays of one length."""

    source: NDArray[np.int32]
    arrived_at: Floats
    clock: Floats
    resumed_at: Floats


class Changed(NamedTuple):
    """A change of the serving revision, told by a point of this poll."""

    point_index: int
    workload: Workload
    point: MetricPoint
    change: RevisionChange


class Poll:
    """The points that have a number, in the order of the log, as columns; and the changes of revision on the way."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin the next one."""
        self.indices: list[int] = []
        self._rows: list[int] = []
        self._times: list[float] = []
        self._values: list[float] = []
        self._sizes: list[float] = []
        self._budgets: list[float] = []
        self._instants: list[Instant] = []
        self.changes: list[Changed] = []

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to settle."""
        return not self.indices and not self.changes

    def take(self, index: int, series: Series, point: MetricPoint, value: float, instant: Instant) -> None:
        """Add a point that has a number."""
        self.indices.append(index)
        self._rows.append(series.row)
        self._instants.append(instant)
        self._times.append(point.time_unix_seconds)
        self._values.append(value)
        size = series.lane.size_of(point, value)
        self._sizes.append(math.nan if size is None else size)
        self._budgets.append(budget_days(series.workload.false_alarm_every_days, len(series.workload.rows)))

    def rows(self) -> Rows:
        """Return the row of each point."""
        return np.array(self._rows, dtype=np.intp)

    def instants(self) -> Instants:
        """Return how late it was where each point came from."""
        told = np.array(self._instants, dtype=np.float64).reshape(-1, len(Instant._fields))
        return Instants(told[:, 0].astype(np.int32), *told[:, 1:].T)

    def samples(self, frozen_from: Floats, frozen_until: Floats) -> Samples:
        """Return what the models take; the reference of a point within its span is held still."""
        at_seconds = np.array(self._times)
        frozen = (at_seconds >= frozen_from) & (at_seconds <= frozen_until)
        return Samples(at_seconds, np.array(self._values), np.array(self._sizes), np.array(self._budgets), frozen)
