"""
What was usual of a series, in bulk: the slow moments of ``core/outlook/gauge``, and its ring of medians a slot apart.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.banks.outlooks.views import Usual
from rollguard_detector.core.outlook.gauge import FIRST_SAMPLES, SLOTS

_SLOT_VARIANCE, _SLOT_PRODUCT, _SLOT_AGE = 5, 6, 7
_LEAST_SLOT_WEIGHT = 0.01


class Now(NamedTuple):
    """One sample of each row: the gap, the median of the last ones, the step since the last, and when and how many."""

    gap: Floats
    median: Floats
    step: Floats
    elapsed: Floats
    horizon: Floats
    samples: Rows

    @property
    def weight(self) -> Floats:
        """How much the sample counts for what is usual."""
        weight: Floats = np.maximum(1.0 / self.samples, np.minimum(0.05, self.elapsed / (24.0 * self.horizon)))
        return weight


class UsualBank(Bank):
    """The moments and the ring of a row."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "moments": Column(shape=(8,)),  # base, elapsed, mean, variance; variance of a step, of a horizon; lag product; age of slot
        "closest": Column(initial=np.inf),
        "breached": Column(np.bool_),
        "slots": Column(np.float32, shape=(SLOTS,)),  # the newest last
        "slot_count": Column(np.int8),
    }

    moments: Floats
    closest: Floats
    breached: Flags
    slots: NDArray[np.float32]
    slot_count: NDArray[np.int8]

    def learn(self, rows: Rows, now: Now) -> Usual:
        """Take a sample in for each row."""
        moments = np.ascontiguousarray(self.moments[rows].T)
        _learn(moments, now)
        oldest = self._slots_learn(rows, moments, now)
        self.moments[rows] = moments.T
        breached = self.breached[rows] | (now.median <= 0.0)
        self.breached[rows] = breached
        known = moments[:_SLOT_AGE]
        return Usual._make((*known, self.closest[rows], oldest, breached.astype(np.float64)))

    def _slots_learn(self, rows: Rows, moments: Floats, now: Now) -> Floats:
        """Close the slots that are old enough; return the oldest medians of the rings."""
        moments[_SLOT_AGE] += now.elapsed
        counts = self.slot_count[rows].astype(np.intp)
        due = np.nonzero((counts == 0) | (moments[_SLOT_AGE] >= now.horizon / SLOTS))[0]
        if len(due):
            self._close(rows[due], moments, due, now)
            counts[due] = np.minimum(counts[due] + 1, SLOTS)
        oldest: Floats = self.slots[rows, SLOTS - counts].astype(np.float64)
        return oldest

    def _close(self, rows: Rows, moments: Floats, due: Rows, now: Now) -> None:
        slots, full = self.slots[rows], self.slot_count[rows] == SLOTS
        gone, median = slots[:, 0].astype(np.float64), now.median[due]
        slots[:, :-1] = slots[:, 1:]
        slots[:, -1] = median
        oldest, weight = slots[:, 0].astype(np.float64), np.maximum(now.weight[due], _LEAST_SLOT_WEIGHT)
        moved, mean = median - oldest, moments[2, due]
        for index, square in ((_SLOT_VARIANCE, moved * moved), (_SLOT_PRODUCT, (median - mean) * (oldest - mean))):
            known = moments[index, due]
            moments[index, due] = np.where(full, known + weight * (square - known), known)
        moments[_SLOT_AGE, due] = 0.0
        self.closest[rows] = np.where(full, np.minimum(self.closest[rows], gone), self.closest[rows])
        self.slots[rows] = slots
        self.slot_count[rows] = np.minimum(self.slot_count[rows] + 1, SLOTS)


def _learn(moments: Floats, now: Now) -> None:
    base, elapsed_all, mean, variance, step_variance, *_ = moments
    elapsed_all += now.elapsed
    base[...] = np.where(now.samples <= FIRST_SAMPLES, base + (now.median - base) / now.samples, base)
    weight, distance = now.weight, now.gap - mean
    mean += weight * distance
    variance[...] = (1.0 - weight) * (variance + weight * distance * distance)
    step_variance += weight * (now.step * now.step - step_variance)
