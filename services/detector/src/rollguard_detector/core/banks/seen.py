"""
The distance to the nearest value seen in bulk: ``core/oddity/seen.py`` a row.

A value is searched for by halving, all rows in step; only what is worth keeping, which becomes rare soon, moves a row's values.
"""

from collections.abc import Mapping
from math import inf
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Column, Floats, Rows
from rollguard_detector.core.banks.ordered import exchanged
from rollguard_detector.core.oddity.seen import BOUND, MOST_VALUES, NOT_FULL

Singles = NDArray[np.float32]
_SLOTS = MOST_VALUES + 1  # the last one stays empty, so that there is always something above
_HALF = 2 ** (MOST_VALUES.bit_length() - 1)
_STEPS = tuple(2**power for power in reversed(range(MOST_VALUES.bit_length() - 1)))


class SeenBank(Bank):
    """Distinct values of each row in order, as distances from its first; slots that are empty are infinite."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "values": Column(np.float32, inf, (_SLOTS,)),
        "origin": Column(),
        "narrowest": Column(initial=NOT_FULL),
        "least": Column(np.uint8),
        "count": Column(np.uint8),
    }

    values: Singles
    origin: Floats
    narrowest: Floats
    least: NDArray[np.uint8]
    count: NDArray[np.uint8]

    def distance_then_learn(self, rows: Rows, values: Floats) -> Floats:
        """Return the distances to the nearest value that each row has seen, in the value's unit, and keep the values."""
        if (loop := loops.of("seen")) is not None:
            compiled: Floats = loop.distance_then_learn(self, rows, values)
            return compiled
        new = self.count[rows] == 0
        if new.any():
            self.origin[rows[new]] = values[new]
        at = np.clip(values - self.origin[rows], -BOUND, BOUND).astype(np.float32)
        flat, first = self.values.reshape(-1), rows * _SLOTS
        place = self._places(flat, first, at)
        above = flat.take(first + place).astype(np.float64)
        below = np.where(place > 0, flat.take(first + np.maximum(place - 1, 0)), -inf).astype(np.float64)
        kept = ((above != at) & (above - below > self.narrowest[rows])).nonzero()[0]
        distances = np.zeros(len(rows))
        if len(kept):
            distances[kept] = np.minimum(above[kept] - at[kept], at[kept] - below[kept])
            self._keep(rows[kept], place[kept], at[kept])
            distances[new] = 0.0
        return distances

    @staticmethod
    def _places(flat: Singles, first: Rows, at: Singles) -> Rows:
        """Return how many values of each row lie below: a search in which every row takes the same steps."""
        place: Rows = (flat.take(first + (_HALF - 1)) < at) * (MOST_VALUES - _HALF + 1)
        for step in _STEPS:
            place += (flat.take(first + (place + (step - 1))) < at) * step
        return place

    def _keep(self, rows: Rows, places: Rows, at: Singles) -> None:
        """Keep values at their places, in exchange for an empty slot, or for the one that is missed least."""
        counts = self.count[rows].astype(np.intp)
        full = counts == MOST_VALUES
        gone = np.where(full, self.least[rows], counts)
        new = exchanged(self.values.take(rows, axis=0), gone, places - (places > gone), at)
        self.values[rows] = new
        self.count[rows] = np.where(full, counts, counts + 1)
        crowded = (counts >= MOST_VALUES - 1).nonzero()[0]
        if len(crowded):
            self._find_narrowest(rows[crowded], new[crowded, :MOST_VALUES].astype(np.float64))

    def _find_narrowest(self, rows: Rows, values: Floats) -> None:
        spans = values[:, 2:] - values[:, :-2]
        place = spans.argmin(axis=1)
        self.narrowest[rows] = spans[np.arange(len(rows)), place]
        self.least[rows] = place + 1
