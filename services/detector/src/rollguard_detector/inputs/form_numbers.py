"""
Numbers of forms by their two hashes: a table that many are looked up in at once.
"""

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Rows
from rollguard_detector.core.ports import NO_NUMBER

FIRST_SLOTS = 4_096
FULL = 2  # slots a number: so there is seldom a second look


class FormNumbers:
    """An open table: a number lies in the first free slot from where its hash points."""

    def __init__(self) -> None:
        self._count = 0
        self._make(FIRST_SLOTS)

    def __len__(self) -> int:
        return self._count

    def find(self, low: NDArray[np.uint64], high: NDArray[np.uint64]) -> Rows:
        """Return the number of each pair, NO_NUMBER where it has none."""
        found = np.full(len(low), NO_NUMBER, np.intp)
        left = np.arange(len(low), dtype=np.intp)
        slots = (low & self._mask).astype(np.intp)
        while len(left):
            numbers = self._numbers[slots]
            is_it = (self._low[slots] == low[left]) & (self._high[slots] == high[left]) & (numbers != NO_NUMBER)
            found[left[is_it]] = numbers[is_it]
            goes_on = ~is_it & (numbers != NO_NUMBER)
            left, slots = left[goes_on], (slots[goes_on] + 1) & int(self._mask)
        return found

    def add(self, low: int, high: int) -> int:
        """Return the number of a pair, a new one where it has none."""
        slot = low & int(self._mask)
        while (number := int(self._numbers[slot])) != NO_NUMBER:
            if int(self._low[slot]) == low and int(self._high[slot]) == high:
                return number
            slot = (slot + 1) & int(self._mask)
        if (self._count + 1) * FULL > len(self._numbers):
            self._grow()
            return self.add(low, high)
        self._low[slot], self._high[slot], self._numbers[slot] = low, high, self._count
        self._count += 1
        return self._count - 1

    def _make(self, slots: int) -> None:
        self._mask = np.uint64(slots - 1)
        self._low, self._high = np.zeros(slots, np.uint64), np.zeros(slots, np.uint64)
        self._numbers: NDArray[np.int32] = np.full(slots, NO_NUMBER, np.int32)

    def _grow(self) -> None:
        used = np.flatnonzero(self._numbers != NO_NUMBER)
        kept = zip(self._numbers[used].tolist(), self._low[used].tolist(), self._high[used].tolist(), strict=True)
        self._make(2 * len(self._numbers))
        for number, low, high in sorted(kept):
            slot = low & int(self._mask)
            while self._numbers[slot] != NO_NUMBER:
                slot = (slot + 1) & int(self._mask)
            self._low[slot], self._high[slot], self._numbers[slot] = low, high, number
