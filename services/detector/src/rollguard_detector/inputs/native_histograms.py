"""
Prometheus' native histograms as bounds and counts.

Buckets come as spans of an index that runs one higher than OpenTelemetry's, with the count of each bucket as a difference to the
one before. Histograms of floating-point counts come from recording rules alone and are not read.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from rollguard_detector.core.exponential_histograms import MAX_BUCKETS, Buckets, explicit

_CUSTOM_BOUNDS = -53
_Explicit = tuple[tuple[float, ...], tuple[int, ...]]


class Span(Protocol):
    """Buckets in a row, and the gap before them."""

    offset: int
    length: int


class NativeHistogram(Protocol):
    """What both versions of the message have."""

    schema: int
    zero_count_int: int
    zero_threshold: float
    custom_values: Sequence[float]
    positive_spans: Sequence[Span]
    positive_deltas: Sequence[int]
    negative_spans: Sequence[Span]
    negative_deltas: Sequence[int]


def buckets_of(histogram: NativeHistogram) -> _Explicit | None:
    """Return bounds and one more of counts; None where they do not fit together or reach too far."""
    positive = _unrolled(histogram.positive_spans, histogram.positive_deltas)
    negative = _unrolled(histogram.negative_spans, histogram.negative_deltas)
    if positive is None or negative is None:
        return None
    if histogram.schema == _CUSTOM_BOUNDS:
        return _custom(tuple(histogram.custom_values), positive)
    shifted = [Buckets(one.offset - 1, one.counts) for one in (positive, negative)]
    return explicit(histogram.schema, histogram.zero_count_int, histogram.zero_threshold, *shifted)


def _unrolled(spans: Iterable[Span], deltas: Sequence[int]) -> Buckets | None:
    counts: list[int] = []
    first, count, place = None, 0, 0
    for span in spans:
        if first is None:
            first = span.offset
        elif span.offset < 0 or len(counts) + span.offset > MAX_BUCKETS:
            return None
        else:
            counts += [0] * span.offset
        if place + span.length > len(deltas) or len(counts) + span.length > MAX_BUCKETS:
            return None
        for delta in deltas[place : place + span.length]:
            count += delta
            counts.append(count)
        place += span.length
    return Buckets(first or 0, counts) if place == len(deltas) else None


def _custom(bounds: tuple[float, ...], positive: Buckets) -> _Explicit | None:
    empty = len(bounds) + 1 - positive.offset - len(positive.counts)
    if positive.offset < 0 or empty < 0 or len(bounds) > MAX_BUCKETS:
        return None
    return bounds, (*([0] * positive.offset), *positive.counts, *([0] * empty))
