"""
What a histogram of counts says: a quantile, or the share above a bound, each with the edges that the buckets leave open.

Within its bucket a value is interpolated as Prometheus does. The rule: what lies beyond the last bound is said to lie at the last
bound, never further; an open bucket holds no distance. A number without its edges would look as exact as a measured one, and an
objective between two edges would be judged by the interpolation alone.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import msgspec


class Estimate(msgspec.Struct, frozen=True):
    """A number read from buckets; the truth lies between ``lower`` and ``upper``, which is infinite in the open bucket."""

    value: float
    lower: float
    upper: float


def quantile(bounds: Sequence[float], counts: Sequence[float], rank: float) -> float | None:
    """Return the value below which the share ``rank`` of the counts lies; None without bounds or without counts."""
    estimate = quantile_estimate(bounds, counts, rank)
    return None if estimate is None else estimate.value


def quantile_estimate(bounds: Sequence[float], counts: Sequence[float], rank: float) -> Estimate | None:
    """Return the same with the edges of its bucket; the first bucket begins at zero unless its bound lies below."""
    total = sum(counts)
    if not bounds or total <= 0:
        return None
    wanted, below = rank * total, 0.0
    lower = min(0.0, bounds[0])
    for upper, count in zip(bounds, counts, strict=False):
        if count > 0 and below + count >= wanted:
            return Estimate(lower + (upper - lower) * (wanted - below) / count, lower, upper)
        below, lower = below + count, upper
    return Estimate(bounds[-1], bounds[-1], math.inf)


def share_above(bounds: Sequence[float], counts: Sequence[float], bound: float) -> Estimate | None:
    """
    Return the share of the counts above ``bound``, in [0, 1]; None without bounds or without counts.

    Exact where ``bound`` is an edge. Else its bucket is shared out in proportion, and ``lower`` and ``upper`` give it away whole.
    """
    total = sum(counts)
    if not bounds or total <= 0:
        return None
    place = bisect_left(bounds, bound)
    above, inside = sum(counts[place + 1 :]), counts[place]
    if place < len(bounds) and bounds[place] == bound:
        return Estimate(above / total, above / total, above / total)
    return Estimate((above + inside * _part_above(bounds, place, bound)) / total, above / total, (above + inside) / total)


def _part_above(bounds: Sequence[float], place: int, bound: float) -> float:
    if place == len(bounds):
        return 0.0  # an open bucket is said to lie at its only edge, which is below the bound
    lower, upper = bounds[place - 1] if place else min(0.0, bounds[0]), bounds[place]
    return (upper - bound) / (upper - lower) if bound > lower else 1.0
