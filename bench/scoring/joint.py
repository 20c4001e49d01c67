"""
Several series at once: quiet ones that move together, of several shapes, and ones whose relation breaks while each goes on as ever.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
_CORRELATION = 0.6


def related(rng: np.random.Generator, samples: int, channels: int, correlation: float = _CORRELATION) -> Rows:
    """Return normal rows in which every two channels correlate the same."""
    shared = rng.normal(size=(samples, 1))
    rows: Rows = correlation**0.5 * shared + (1.0 - correlation) ** 0.5 * rng.normal(size=(samples, channels))
    return rows


def _student(rng: np.random.Generator, samples: int, channels: int) -> Rows:
    """Heavy tails that come in all channels at once."""
    rows: Rows = related(rng, samples, channels) / np.sqrt(rng.chisquare(3, size=(samples, 1)) / 3.0)
    return rows


JOINT_FAMILIES: dict[str, Callable[[np.random.Generator, int, int], Rows]] = {
    "normal": related,
    "lognormal_0.6": lambda rng, samples, channels: np.exp(0.6 * related(rng, samples, channels)),
    "t3": _student,
}


def broken(rng: np.random.Generator, samples: int, channels: int, at: int, correlation: float = 0.9) -> Rows:
    """Return rows in which the second channel follows the first until it does not; alone it looks the same before and after."""
    rows = related(rng, samples, channels, 0.2)
    own = rng.normal(size=samples)
    rows[:, 1] = np.where(np.arange(samples) < at, correlation * rows[:, 0] + (1.0 - correlation**2) ** 0.5 * own, own)
    return rows
