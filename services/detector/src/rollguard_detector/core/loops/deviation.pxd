# cython: cdivision=True, boundscheck=False, wraparound=False, initializedcheck=False
"""
The columns of a ``DeviationBank``, and the step of one row: how far a value lies from the level, which learns it then.
"""
from libc.math cimport fabs, sqrt

cdef double SHARE
cdef int LEAST_SAMPLES


cdef class Deviations:
    cdef double[::1] mean, variance
    cdef int[::1] samples


cdef inline double deviations_of(Deviations bank, Py_ssize_t row, double value, double level_share) noexcept nogil:
    cdef double mean = bank.mean[row], variance = bank.variance[row], score = 0.0
    cdef int samples = bank.samples[row] + 1
    cdef double distance = value - mean
    cdef double weight = max(SHARE, 1.0 / samples)
    cdef double taught = weight * distance
    if samples > LEAST_SAMPLES and variance > 0.0:
        score = fabs(distance) / sqrt(variance)
    bank.samples[row] = samples
    bank.mean[row] = mean + max(level_share, 1.0 / samples) * distance
    bank.variance[row] = (1.0 - weight) * (variance + taught * distance)
    return score
