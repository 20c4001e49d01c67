"""
Series on which nothing happens, of the kinds that telemetry is made of: every alarm on them is a false one.

A score in deviations is off by 7 to 18 times on half of these (heavy tails, counts, ratios of few requests) and blind on one (an
unmodelled day). One that takes samples for independent rings fifty times too often on another (a memory of the sample before).
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Family = Callable[[np.random.Generator, int], Values]
_SAMPLES_A_DAY = 1440


def _remembering(rng: np.random.Generator, samples: int, memory: float = 0.8) -> Values:
    """AR(1) with variance 1."""
    values: Values = rng.normal(size=samples) * (1.0 - memory**2) ** 0.5
    for at in range(1, samples):
        values[at] += memory * values[at - 1]
    return values


def _diurnal(rng: np.random.Generator, samples: int) -> Values:
    return 3.0 * np.sin(2.0 * np.pi * np.arange(samples) / _SAMPLES_A_DAY) + rng.normal(size=samples)


def _ratio(rng: np.random.Generator, samples: int, share: float, least: int, most: int) -> Values:
    """Share of requests that failed, of a number of requests that changes from sample to sample."""
    requests = rng.integers(least, most + 1, samples)
    failed = rng.binomial(requests, share).astype(np.float64)
    return failed / requests.astype(np.float64)


FAMILIES: dict[str, Family] = {
    "normal": lambda rng, samples: rng.normal(size=samples),
    "lognormal_0.6": lambda rng, samples: rng.lognormal(sigma=0.6, size=samples),
    "t3": lambda rng, samples: rng.standard_t(3, samples),
    "ar_0.8": _remembering,
    "diurnal": _diurnal,
    "poisson_0.2": lambda rng, samples: rng.poisson(0.2, samples).astype(np.float64),
    "ratio_0.002_of_500": partial(_ratio, share=0.002, least=500, most=500),
    "ratio_0.02_of_5_to_500": partial(_ratio, share=0.02, least=5, most=500),
}
