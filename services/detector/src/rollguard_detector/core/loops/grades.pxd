# cython: cdivision=True, boundscheck=False, wraparound=False, initializedcheck=False
"""
The grade of a measure of oddity, cut from its bits: ``core/banks/grades.py`` for one measure.
"""
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

cdef int64_t MOST_GRADE, UNIT


cdef struct Scale:
    int mantissa_bits
    int64_t least  # the bits, shifted, of what has grade 0
    const int32_t *mantissa_logarithms


cdef Scale scale_of(scale)


cdef inline int64_t graded(const Scale *scale, double oddity) noexcept nogil:
    cdef int64_t bits
    memcpy(&bits, &oddity, sizeof(bits))
    bits = (bits >> (52 - scale.mantissa_bits)) - scale.least
    return min(max(bits, 0), MOST_GRADE)


cdef inline int64_t logarithm(const Scale *scale, int64_t grade) noexcept nogil:
    cdef int64_t steps = <int64_t>1 << scale.mantissa_bits
    return (grade >> scale.mantissa_bits) * UNIT + scale.mantissa_logarithms[grade & (steps - 1)]
