"""
A quantile of a histogram of counts, interpolated within its bucket as Prometheus does.

The rule: what lies beyond the last bound is said to lie at the last bound, never further; an open bucket holds no distance.
"""

from collections.abc import Sequence


def quantile(bounds: Sequence[float], counts: Sequence[float], rank: float) -> float | None:
    """Return the value below which the share ``rank`` of the counts lies; None without bounds or without counts."""
    total = sum(counts)
    if not bounds or total <= 0:
        return None
    wanted, below = rank * total, 0.0
    lower = min(0.0, bounds[0])
    for upper, count in zip(bounds, counts, strict=False):
        if count > 0 and below + count >= wanted:
            return lower + (upper - lower) * (wanted - below) / count
        below, lower = below + count, upper
    return bounds[-1]
