"""
Grades of many measures at once: the very numbers that ``core/oddity/grade.py`` gives, read from the bits of the floats.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Floats
from rollguard_detector.core.oddity.grade import MOST_GRADE, UNIT, Scale

Grades = NDArray[np.int64]

_FLOAT_MANTISSA_BITS, _FLOAT_BIAS = 52, 1023


def graded(scale: Scale, oddities: Floats) -> Grades:
    """Return the grades of measures of at least 0, of any shape."""
    bits = np.ascontiguousarray(oddities).view(np.int64) >> (_FLOAT_MANTISSA_BITS - scale.mantissa_bits)
    bits -= (_FLOAT_BIAS + scale.least_exponent) << scale.mantissa_bits
    clipped: Grades = np.clip(bits, 0, MOST_GRADE, out=bits)
    return clipped


def logarithms(scale: Scale, grades: Grades) -> Grades:
    """Return the whole logarithms of grades above 0, as those of one series."""
    steps = _mantissa_logarithms(scale)
    told: Grades = (grades >> scale.mantissa_bits) * UNIT + steps[grades & (len(steps) - 1)]
    return told


@cache
def _mantissa_logarithms(scale: Scale) -> Grades:
    return np.array(scale.mantissa_logarithms, dtype=np.int64)
