# cython: cdivision=True, boundscheck=False, wraparound=False
"""
What each of three levels leaves of a series, row by row: ``core/banks/memory``.
"""
from libc.math cimport INFINITY, sqrt

from .extremes cimport least, most

cdef double CLIP, UNBOUNDED_SAMPLES, LEAST_WEIGHT, LEAST_CORRELATION, MOST_CORRELATION

cdef struct Rests:  # where a row's columns stand, one number a level in each
    double *before
    double *product
    double *error
    double *spread


cdef inline Rests rests_at(Rests columns, Py_ssize_t row) noexcept nogil:
    columns.before += 3 * row
    columns.product += 3 * row
    columns.error += 3 * row
    columns.spread += 3 * row
    return columns


cdef inline double announced_by(Rests rests, int level, double gap) noexcept nogil:
    cdef double error = rests.error[level], found, correlation
    found = rests.product[level] / error if error > 0.0 else 0.0
    if found < LEAST_CORRELATION:
        return 0.0
    correlation = least(found, MOST_CORRELATION)
    return correlation / (correlation + (1.0 - correlation) * most(gap, 1.0)) * rests.before[level]


cdef inline double bounded_then_learn(
    Rests rests, int level, double rest, double innovation, double samples, double weight
) noexcept nogil:
    """Return the rest within its usual bounds, then learn it; a weight of 0 moves the running value alone."""
    cdef double kept = within(rest, rests.error[level], samples), new = within(innovation, rests.spread[level], samples)
    rests.product[level] += weight * (kept * rests.before[level] - rests.product[level])
    rests.error[level] += weight * (kept * kept - rests.error[level])
    rests.spread[level] += weight * (new * new - rests.spread[level])
    rests.before[level] = kept
    return kept


cdef inline double bound_of(double variance, double samples) noexcept nogil:
    return CLIP * sqrt(variance) if samples >= UNBOUNDED_SAMPLES and variance > 0.0 else INFINITY


cdef inline double within(double distance, double variance, double samples) noexcept nogil:
    cdef double bound = bound_of(variance, samples)
    return least(most(distance, -bound), bound)
