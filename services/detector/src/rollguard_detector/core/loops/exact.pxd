# cython: cdivision=True, boundscheck=False, wraparound=False
"""
Arithmetic that gives the very bits of ``core/banks/exact``: the binary logarithm, and the lots.
"""
from libc.math cimport frexp
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

cdef double TERMS[6]
cdef double HALF_ROOT, SHARE
cdef uint64_t FIRST, SECOND, STEP, LOW_HALF

cdef struct Lots:  # both in [0, 1)
    double first
    double second


cdef inline double log2(double value) noexcept nogil:
    """Return the binary logarithm of a positive, finite number."""
    cdef int exponent = 0, term
    cdef double mantissa = frexp(value, &exponent), away, total = TERMS[0]
    if mantissa < HALF_ROOT:
        mantissa, exponent = mantissa * 2.0, exponent - 1
    away = mantissa - 1.0
    for term in range(1, 6):
        total = total * away + TERMS[term]
    return exponent + away * total


cdef inline uint64_t _splitmix(uint64_t state) noexcept nogil:
    cdef uint64_t mixed = state + STEP
    mixed = (mixed ^ (mixed >> 30)) * FIRST
    mixed = (mixed ^ (mixed >> 27)) * SECOND
    return mixed ^ (mixed >> 31)


cdef inline uint64_t _bits(double number) noexcept nogil:
    cdef uint64_t bits
    number += 0.0
    memcpy(&bits, &number, sizeof(bits))
    return bits


cdef inline Lots draw(double one, double other, double third) noexcept nogil:
    """Return two lots for these numbers."""
    cdef uint64_t mixed = _splitmix(_splitmix(_splitmix(_bits(one)) ^ _bits(other)) ^ _bits(third))
    cdef Lots lots
    lots.first, lots.second = <double> (mixed >> 32) * SHARE, <double> (mixed & LOW_HALF) * SHARE
    return lots
