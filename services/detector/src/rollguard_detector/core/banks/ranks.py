"""
Conformal tails in bulk: ``core/evidence/ranks`` row by row.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.evidence import ranks as one

_EDGES = np.array(one.EDGES)
_BINS = np.arange(one.BINS, dtype=np.uint16)
_ABOVE = np.tri(one.BINS, dtype=np.uint16).T  # row k: 1 from bin k on


class RanksBank(Bank):
    """The residuals seen, counted up to each bin: asking is looking up, and only learning touches all bins."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {"up_to": Column(np.uint16, shape=(one.BINS,))}

    up_to: NDArray[np.uint16]

    def ranked(self, rows: Rows) -> NDArray[np.int64]:
        """Return among how many residuals each row ranks the next one."""
        ranked: NDArray[np.int64] = self.up_to.take(rows * one.BINS + (one.BINS - 1)).astype(np.int64)
        return ranked

    def tails_then_learn(self, rows: Rows, deviations: Floats, lots: tuple[Floats, Floats], learned: Flags) -> Floats:
        """Return the tails (4, rows; up, down, wider, narrower), then count what is learned."""
        moved = deviations + (lots[0] - 0.5) * np.maximum(one.FINE, (one.COARSER - 1.0) * np.abs(deviations))
        places = np.searchsorted(_EDGES, moved, side="right")
        tails = self._tails(rows, places, lots[1])
        taught = rows[learned]
        self.up_to[taught] = self.up_to.take(taught, axis=0) + _ABOVE.take(places[learned], axis=0)
        full = self.ranked(rows) >= one.HALVED_AT
        if full.any():
            self._halve(rows[full], lots[0][full] < 0.5)
        return tails

    def _halve(self, rows: Rows, upwards_first: Flags) -> None:
        counts = np.diff(self.up_to[rows], axis=1, prepend=np.uint16(0))
        rounded = (counts + (_BINS + upwards_first[:, None]) % np.uint16(2)) // 2
        self.up_to[rows] = np.cumsum(rounded, axis=1, dtype=np.uint16)

    def _tails(self, rows: Rows, places: NDArray[np.intp], lots: Floats) -> Floats:
        mirrored = one.BINS - 1 - places
        far, near = np.maximum(places, mirrored), np.minimum(places, mirrored)
        total, here, below = self.ranked(rows), self._below(rows, places + 1), self._below(rows, places)
        within_far, inside = (
            self._below(rows, far + 1) - self._below(rows, near),
            self._below(rows, far) - self._below(rows, near + 1),
        )
        new = np.where(total < one.HALVED_AT // 2, 1.0, total / (1.5 * one.HALVED_AT))  # see ``newcomer``
        beside, as_far, rest = here - below + new, within_far - inside + new, 1.0 - lots
        tails = np.empty((4, len(rows)))
        tails[0] = total - here + lots * beside
        tails[1] = below + rest * beside
        tails[2] = total - within_far + lots * as_far
        tails[3] = inside + rest * as_far
        return np.maximum(tails / (total + new), one.LEAST_PROBABILITY)

    def _below(self, rows: Rows, bins: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return how many residuals lie below the bins."""
        counted = self.up_to.take(rows * one.BINS + np.maximum(bins, 1) - 1)
        return np.where(bins > 0, counted, 0).astype(np.int64)
