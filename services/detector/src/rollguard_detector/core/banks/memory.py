"""
What each of several levels leaves of every series, in bulk: ``core/evidence/memory`` row by row, one column a level.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.evidence.memory import CLIP, LEAST_CORRELATION, LEAST_WEIGHT, MOST_CORRELATION, UNBOUNDED_SAMPLES

_LEVELS = 3


class RememberingBank(Bank):
    """Rests before, their sizes, products and what is new in them; each of shape (rows, levels)."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {name: Column(shape=(_LEVELS,)) for name in ("before", "product", "error", "spread")}

    before: Floats
    product: Floats
    error: Floats
    spread: Floats

    def announced(self, rows: Rows, gaps: Floats) -> Floats:
        """Return the part of the next rests that the last ones announce."""
        error = self.error[rows]
        found = np.divide(self.product[rows], error, out=np.zeros(error.shape), where=error > 0.0)
        correlation = np.minimum(found, MOST_CORRELATION)
        told = correlation / (correlation + (1.0 - correlation) * np.maximum(gaps, 1.0)[:, None]) * self.before[rows]
        return np.where(found < LEAST_CORRELATION, 0.0, told)

    def bounded_then_learn(self, rows: Rows, rests: Floats, innovations: Floats, samples: Floats, frozen: Flags) -> Floats:
        """Return the rests within their usual bounds, then learn them; of frozen rows only the running values move."""
        error, spread, product = self.error[rows], self.spread[rows], self.product[rows]
        kept = within(rests, error, samples)
        new = within(innovations, spread, samples)
        weights = np.where(frozen, 0.0, np.maximum(LEAST_WEIGHT, 1.0 / samples))[:, None]
        self.product[rows] = product + weights * (kept * self.before[rows] - product)
        self.error[rows] = error + weights * (kept * kept - error)
        self.spread[rows] = spread + weights * (new * new - spread)
        self.before[rows] = kept
        return kept


def bounds(variances: Floats, samples: Floats) -> Floats:
    """Return the most that distances count for; ``samples`` has one entry a row."""
    known = (samples >= UNBOUNDED_SAMPLES).reshape(-1, *[1] * (variances.ndim - 1)) & (variances > 0.0)
    return np.where(known, CLIP * np.sqrt(variances), np.inf)


def within(distances: Floats, variances: Floats, samples: Floats) -> Floats:
    """Return the distances, no further out than their bounds."""
    most = bounds(variances, samples)
    return np.minimum(np.maximum(distances, -most), most)
