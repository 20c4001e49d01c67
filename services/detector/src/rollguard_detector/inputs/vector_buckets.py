"""
Vector's histograms, distributions and sketches as bounds and counts.

Key ``k`` of a Datadog agent's sketch stands for values around ``g^(k - bias)`` with ``g = 1 + 2/128``, the smallest of which is
``1e-9`` (the agent's ``quantile`` package); its bucket reaches half a step to either side, since keys are rounded to the nearest.
"""

import math
from collections import Counter
from collections.abc import Sequence

from rollguard_detector.inputs.vector_messages import Bins, Bucket, Sample

_GAMMA = 1 + 2 / 128
_LOG_GAMMA = math.log1p(2 / 128)
_BIAS = 1 - math.floor(math.log(1e-9) / _LOG_GAMMA)
_LARGEST_KEY = 32_766  # the one above it stands for infinity

_Explicit = tuple[tuple[float, ...], tuple[int, ...]]


def of_histogram(buckets: Sequence[Bucket]) -> _Explicit | None:
    """Return explicit buckets; the last one may be open."""
    ordered = sorted(buckets, key=lambda bucket: bucket.upper_limit)
    finite = [bucket for bucket in ordered if math.isfinite(bucket.upper_limit)]
    beyond = sum(bucket.count for bucket in ordered if bucket.upper_limit == math.inf)
    return tuple(bucket.upper_limit for bucket in finite), (*(bucket.count for bucket in finite), beyond)


def of_distribution(samples: Sequence[Sample]) -> _Explicit | None:
    """Return a bucket for each distinct value, with the value as its edge."""
    counts: Counter[float] = Counter()
    for sample in samples:
        if not math.isfinite(sample.value):
            return None
        counts[sample.value] += sample.rate
    bounds = tuple(sorted(counts))
    return bounds, (*(counts[bound] for bound in bounds), 0)


def of_sketch(bins: Bins) -> _Explicit | None:
    """Return the buckets that the keys stand for, in their order."""
    if len(bins.k) != len(bins.n) or any(abs(key) > _LARGEST_KEY for key in bins.k):
        return None
    edges: dict[float, int] = {}
    for key, count in sorted(zip(bins.k, bins.n, strict=True)):
        lower, upper = _edges(key)
        if not math.isfinite(lower) or not math.isfinite(upper):
            return None
        edges.setdefault(lower, 0)
        edges[upper] = edges.get(upper, 0) + count
    return tuple(edges), (*edges.values(), 0)


def _edges(key: int) -> tuple[float, float]:
    if key == 0:
        return -_power(0.5 - _BIAS + 1), _power(0.5 - _BIAS)
    if key < 0:
        lower, upper = _edges(-key)
        return -upper, -lower
    return _power(key - 0.5 - _BIAS), _power(key + 0.5 - _BIAS)


def _power(exponent: float) -> float:
    return math.exp(exponent * _LOG_GAMMA) if exponent * _LOG_GAMMA < 709 else math.inf
