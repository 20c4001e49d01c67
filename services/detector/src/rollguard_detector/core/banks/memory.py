"""
What each of several levels leaves of every series, in bulk: ``core/evidence/memory`` row by row, one column a level.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows, put_side_by_side, side_by_side
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
        """Return the part of the next rests that the last ones announce, (levels, rows)."""
        error = side_by_side(self.error, rows)
        found = np.divide(side_by_side(self.product, rows), error, out=np.zeros(error.shape), where=error > 0.0)
        correlation = np.minimum(found, MOST_CORRELATION)
        lasting = correlation + (1.0 - correlation) * np.maximum(gaps, 1.0)
        told = correlation / lasting * side_by_side(self.before, rows)
        return np.where(found < LEAST_CORRELATION, 0.0, told)

    def bounded_then_learn(self, rows: Rows, rests: Floats, innovations: Floats, samples: Floats, frozen: Flags) -> Floats:
        """
        Return the rests within their usual bounds, then learn them; of frozen rows only the running values move.

        What is told and returned is (levels, rows).
        """
        error, spread, product = (side_by_side(column, rows) for column in (self.error, self.spread, self.product))
        kept = within(rests, error, samples)
        new = within(innovations, spread, samples)
        weights = np.where(frozen, 0.0, np.maximum(LEAST_WEIGHT, 1.0 / samples))
        put_side_by_side(self.product, rows, product + weights * (kept * side_by_side(self.before, rows) - product))
        put_side_by_side(self.error, rows, error + weights * (kept * kept - error))
        put_side_by_side(self.spread, rows, spread + weights * (new * new - spread))
        put_side_by_side(self.before, rows, kept)
        return kept


def bounds(variances: Floats, samples: Floats) -> Floats:
    """Return the most that distances count for; ``samples`` has one entry a row, the last axis."""
    known = (samples >= UNBOUNDED_SAMPLES) & (variances > 0.0)
    return np.where(known, CLIP * np.sqrt(variances), np.inf)


def within(distances: Floats, variances: Floats, samples: Floats) -> Floats:
    """Return the distances, no further out than their bounds."""
    most = bounds(variances, samples)
    return np.minimum(np.maximum(distances, -most), most)
