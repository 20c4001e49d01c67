"""
Exponential histograms as bounds and counts.

Bucket ``i`` of scale ``s`` is ``(b^i, b^(i+1)]`` with ``b = 2^(2^-s)`` (OpenTelemetry's data model; Prometheus' native histograms
number theirs one higher). Edges are powers of two with the same exponents at every scale, so that an edge that two scales share is
the same float, and counts of different scales can be compared without loss.
"""

from collections.abc import Sequence

import msgspec

MIN_SCALE, MAX_SCALE = -10, 20
MAX_BUCKETS = 4_096
_LARGEST_OFFSET = 2**31
_LARGEST_EXPONENT = 1_000.0  # the edges stay finite, normal and apart


class Buckets(msgspec.Struct, frozen=True):
    """Counts from the bucket with index ``offset`` on."""

    offset: int = 0
    counts: Sequence[int] = ()


def explicit(
    scale: int, zero_count: int, zero_threshold: float, positive: Buckets, negative: Buckets
) -> tuple[tuple[float, ...], tuple[int, ...]] | None:
    """Return upper-inclusive bounds and one more of counts; None where the buckets are no such thing or lie beyond all floats."""
    if not MIN_SCALE <= scale <= MAX_SCALE or not 0 <= zero_threshold < float("inf"):
        return None
    positive, negative = _trimmed(positive), _trimmed(negative)
    above, below = _edges(scale, positive), _edges(scale, negative)
    if above is None or below is None:
        return None
    bounds = [-edge for edge in reversed(below)]
    counts = [0, *reversed(negative.counts)] if below else []
    # A threshold that reaches into the first bucket would put the edges out of order; the bucket is the finer word.
    bounds.append(min([zero_threshold, *above[:1]]))
    counts.append(zero_count)
    if above:
        fresh = above[0] > bounds[-1]
        bounds += above if fresh else above[1:]
        counts += [0, *positive.counts] if fresh else positive.counts
    return tuple(bounds), (*counts, 0)


def _trimmed(buckets: Buckets) -> Buckets:
    """Leave out the empty buckets at both ends, which say nothing and come and go."""
    filled = [place for place, count in enumerate(buckets.counts) if count]
    if not filled:
        return Buckets()
    return Buckets(buckets.offset + filled[0], tuple(buckets.counts[filled[0] : filled[-1] + 1]))


def _edges(scale: int, buckets: Buckets) -> list[float] | None:
    """Return the edges of the buckets, one more than there are; none for no buckets."""
    number = len(buckets.counts)
    step = 2.0**-scale
    if (
        number > MAX_BUCKETS
        or abs(buckets.offset) > _LARGEST_OFFSET
        or max(abs(buckets.offset), abs(buckets.offset + number)) * step > _LARGEST_EXPONENT
    ):
        return None
    return [2.0 ** ((buckets.offset + place) * step) for place in range(number + 1)] if number else []
