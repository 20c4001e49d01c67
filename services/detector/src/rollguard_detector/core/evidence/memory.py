"""
What one level leaves of a series, and how much of that the sample before had announced (AR(1)).

Ranks of what is not whitened ring fifty times too often. Everything is learned, but nothing counts for more than four of its usual
distances (Huber): what leaves odd values out instead censors its own reference, and calls more and more things odd.
"""

from math import inf, sqrt

CLIP = 4.0
UNBOUNDED_SAMPLES = 10.0
LEAST_WEIGHT = 0.002  # of a sample in what is usual
LEAST_CORRELATION, MOST_CORRELATION = 0.15, 0.98  # smaller ones may be chance, and taking them off costs power


class Remembering:
    """The rest above a level: its size, its correlation with the one before, and the size of what is new in it."""

    __slots__ = ("before", "error", "product", "spread")

    def __init__(self) -> None:
        self.before = self.product = self.error = self.spread = 0.0

    def announced(self, gap: float) -> float:
        """Return the part of the next rest that the last one announces; less after a gap of so many usual steps."""
        found = self.product / self.error if self.error > 0.0 else 0.0
        if found < LEAST_CORRELATION:
            return 0.0
        correlation = min(found, MOST_CORRELATION)
        return correlation / (correlation + (1.0 - correlation) * max(gap, 1.0)) * self.before

    def bounded_then_learn(self, rest: float, innovation: float, samples: float, *, frozen: bool) -> float:
        """Return the rest within its usual bounds, then learn it; frozen only the running value moves."""
        kept = within(rest, self.error, samples)
        if not frozen:
            weight = max(LEAST_WEIGHT, 1.0 / samples)
            new = within(innovation, self.spread, samples)
            self.product += weight * (kept * self.before - self.product)
            self.error += weight * (kept * kept - self.error)
            self.spread += weight * (new * new - self.spread)
        self.before = kept
        return kept


def bound(variance: float, samples: float) -> float:
    """Return the most that a distance counts for; no bound while too little is known."""
    return CLIP * sqrt(variance) if samples >= UNBOUNDED_SAMPLES and variance > 0.0 else inf


def within(distance: float, variance: float, samples: float) -> float:
    """Return the distance, no further out than its bound."""
    most = bound(variance, samples)
    return min(max(distance, -most), most)
