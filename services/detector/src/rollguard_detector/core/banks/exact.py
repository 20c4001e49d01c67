"""
Arithmetic in bulk that gives the very bits of the one-series form: the lots of ``core/evidence/lots`` and its binary logarithm.
"""

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Floats
from rollguard_detector.core.evidence import bits, lots

_FIRST, _SECOND, _STEP = (np.uint64(number) for number in (lots.FIRST, lots.SECOND, lots.STEP))
_LOW_HALF = np.uint64(lots.LOW_HALF)


def log2(values: Floats) -> Floats:
    """Return the binary logarithms of positive, finite numbers."""
    mantissas, exponents = np.frexp(values)
    small = mantissas < bits.HALF_ROOT
    away = np.where(small, mantissas * 2.0, mantissas) - 1.0
    total = np.full(away.shape, bits.TERMS[0])
    for term in bits.TERMS[1:]:
        total = total * away + term
    told: Floats = (exponents - small) + away * total
    return told


def draw(*numbers: Floats) -> tuple[Floats, Floats]:
    """Return two lots in [0, 1) for each row of numbers."""
    mixed: NDArray[np.uint64] = np.zeros(len(numbers[0]), np.uint64)
    for column in numbers:
        mixed = _splitmix(mixed ^ (column + 0.0).view(np.uint64))
    return (mixed >> np.uint64(32)).astype(np.float64) * lots.SHARE, (mixed & _LOW_HALF).astype(np.float64) * lots.SHARE


def _splitmix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = state + _STEP
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))
