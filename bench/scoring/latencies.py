"""
Canaries of latency: lognormal request times in the buckets of a histogram, with a candidate that is slower by a factor.
"""

import numpy as np

from rollguard_detector.core.comparison.exceedance import HistogramWindow

_SIGMA = 0.8
_MEDIAN_SECONDS = 0.1
_BOUNDS = np.geomspace(0.005, 10.0, 34)


def draw_windows(rng: np.random.Generator, requests_a_second: float, scale: float, minutes: int) -> list[HistogramWindow]:
    """Return a run's windows; a tenth of the requests go to the candidate."""
    return [
        HistogramWindow(
            _buckets(rng, rng.poisson(54.0 * requests_a_second), 1.0), _buckets(rng, rng.poisson(6.0 * requests_a_second), scale)
        )
        for _ in range(minutes)
    ]


def _buckets(rng: np.random.Generator, n: int, scale: float) -> dict[float, int]:
    seconds = scale * _MEDIAN_SECONDS * np.exp(_SIGMA * rng.standard_normal(n))
    places = np.bincount(np.searchsorted(_BOUNDS, seconds), minlength=len(_BOUNDS) + 1)
    return {bound: int(count) for bound, count in zip([*_BOUNDS.tolist(), float("inf")], places, strict=True)}
