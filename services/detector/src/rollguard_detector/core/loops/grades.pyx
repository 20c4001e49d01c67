"""
The scales of grades as the loops read them; what they do with one stands in ``grades.pxd``.
"""
import numpy as np

from rollguard_detector.core.oddity import grade as one

MOST_GRADE = one.MOST_GRADE
UNIT = one.UNIT
cdef int FLOAT_BIAS = 1023


cdef class Kept:
    """A scale and the table that it points into."""

    cdef Scale scale
    cdef int32_t[::1] mantissa_logarithms

    def __cinit__(self, scale):
        self.mantissa_logarithms = np.array(scale.mantissa_logarithms, dtype=np.int32)
        self.scale.mantissa_bits = scale.mantissa_bits
        self.scale.least = <int64_t>(FLOAT_BIAS + scale.least_exponent) << self.scale.mantissa_bits
        self.scale.mantissa_logarithms = &self.mantissa_logarithms[0]


cdef dict _kept = {scale: Kept(scale) for scale in (one.ANY_UNIT, one.DEVIATIONS)}  # for good, so that the pointers stay valid


cdef Scale scale_of(scale):
    """Return a scale for the loops; there are no others than those of ``core/oddity/grade.py``."""
    return (<Kept>_kept[scale]).scale
