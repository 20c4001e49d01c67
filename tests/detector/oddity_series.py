"""
Series on which a bank is held against its one-series form: what telemetry looks like, and what is nasty about it.
"""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.bank_contract import Sample

Random = np.random.Generator
Values = NDArray[np.float64]

FAMILIES: dict[str, Callable[[Random, int], Values]] = {
    "normal": lambda random, count: random.normal(size=count),
    "far from nought": lambda random, count: 8e9 + 1e3 * random.normal(size=count),
    "heavy": lambda random, count: random.standard_t(2, count),
    "lognormal": lambda random, count: np.exp(2.0 * random.normal(size=count)),
    "counts": lambda random, count: random.poisson(0.3, count).astype(float),
    "tenths": lambda random, count: 0.1 * random.poisson(6, count),
    "constant": lambda _, count: np.full(count, 3.5),
    "repeated": lambda random, count: np.repeat(random.normal(size=count), 4)[:count],
    "two values": lambda random, count: random.integers(0, 2, count).astype(float),
    "rare spikes": lambda random, count: np.where(random.random(count) < 0.02, 1e6 * random.random(count), 0.0),
    "walk": lambda random, count: np.cumsum(random.normal(size=count)),
    "tiny": lambda random, count: 1e-12 * random.normal(size=count),
}

TIMES: dict[str, Callable[[Random, int], Values]] = {
    "regular": lambda _, count: 15.0 * np.arange(count),
    "irregular": lambda random, count: np.cumsum(random.exponential(60.0, count)),
    "bursts": lambda random, count: np.cumsum(np.where(random.random(count) < 0.8, 0.1, 300.0)),
    "standing still and going back": lambda random, count: np.round(np.arange(count) + random.normal(0.0, 3.0, count)),
}


def stream(family: str, times: str, seed: int, count: int) -> list[Sample]:
    """Return samples of a family at times of a kind."""
    random = np.random.default_rng(seed)
    return list(zip(TIMES[times](random, count).tolist(), FAMILIES[family](random, count).tolist(), strict=True))


def every_family(seed: int, count: int) -> list[list[Sample]]:
    """Return one stream a family, the kinds of times in turn."""
    return [stream(family, list(TIMES)[(seed + row) % len(TIMES)], seed + row, count) for row, family in enumerate(FAMILIES)]


@st.composite
def streams(draw: st.DrawFn, *, most_samples: int = 300) -> list[list[Sample]]:
    """Draw a few streams of one length, of families and times of any kind."""
    count = draw(st.integers(1, most_samples))
    chosen = draw(
        st.lists(
            st.tuples(st.sampled_from(list(FAMILIES)), st.sampled_from(list(TIMES)), st.integers(0, 10**6)), min_size=1, max_size=5
        )
    )
    return [stream(family, times, seed, count) for family, times, seed in chosen]


@st.composite
def few_values(draw: st.DrawFn) -> list[list[Sample]]:
    """Draw two streams over a handful of values, near and far: they repeat, tie, and lie at distances that rounding decides."""
    values = draw(
        st.lists(st.one_of(st.sampled_from([0.0, 0.1, 0.30000000000000004, 1e9]), st.floats(-1e12, 1e12)), min_size=2, max_size=9)
    )
    chosen = np.random.default_rng(draw(st.integers(0, 10**6))).integers(0, len(values), (2, 100))
    return [[(60.0 * at, values[index]) for at, index in enumerate(row)] for row in chosen.tolist()]
