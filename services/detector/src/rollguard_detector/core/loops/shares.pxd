# cython: cdivision=True, boundscheck=False, wraparound=False
"""
Shares of requests, row by row: ``core/banks/shares``. A size of 0 is none.
"""
from libc.math cimport sqrt

from .extremes cimport least, most

cdef double ANSCOMBE, LEAST_WEIGHT


cdef inline double steadied(double value, double sample_size) noexcept nogil:
    cdef double share, added
    if sample_size <= 0.0:
        return value
    share, added = least(most(value, 0.0), 1.0), ANSCOMBE / sample_size
    return (sqrt(share + added) - sqrt(1.0 - share + added)) + (value - share)


cdef inline double share_of(double steady, double sample_size) noexcept nogil:
    cdef double twice, root
    if sample_size <= 0.0:
        return steady
    twice = 2.0 * (1.0 + 2.0 * ANSCOMBE / sample_size)
    root = most((steady + sqrt(most(twice - steady * steady, 0.0))) * 0.5, 0.0)
    return least(most(root * root - ANSCOMBE / sample_size, 0.0), 1.0)


cdef inline double weight_then_learn(double *usual, double sample_size, double samples, bint frozen) noexcept nogil:
    cdef double before
    if sample_size <= 0.0:
        return 1.0
    before = usual[0] if usual[0] > 0.0 else sample_size
    if not frozen:
        usual[0] = before + most(LEAST_WEIGHT, 1.0 / samples) * (sample_size - before)
    return sqrt(2.0 * sample_size / (sample_size + before))
