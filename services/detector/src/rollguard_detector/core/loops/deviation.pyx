"""
Level and deviation, row by row: ``DeviationBank.score_then_learn``.
"""
from libc.math cimport fabs, sqrt

import numpy as np

from rollguard_detector.core.oddity import deviation as one

cdef double SHARE = one.SHARE
cdef int LEAST_SAMPLES = one.LEAST_SAMPLES


def score_then_learn(bank, const Py_ssize_t[:] rows, const double[:] values, const double[:] level_shares=None):
    told = np.zeros(len(rows))
    cdef double[::1] mean = bank.mean, variance = bank.variance, scores = told
    cdef int[::1] samples = bank.samples
    cdef bint is_told = level_shares is not None
    cdef Py_ssize_t place, row
    with nogil:
        for place in range(rows.shape[0]):
            row = rows[place]
            scores[place] = _one(
                &mean[row], &variance[row], &samples[row], values[place], level_shares[place] if is_told else SHARE
            )
    return told


cdef inline double _one(double *mean, double *variance, int *samples, double value, double level_share) noexcept nogil:
    cdef double distance = value - mean[0], score = 0.0, weight, taught
    samples[0] += 1
    if samples[0] > LEAST_SAMPLES and variance[0] > 0.0:
        score = fabs(distance) / sqrt(variance[0])
    weight = max(SHARE, 1.0 / samples[0])
    taught = weight * distance
    mean[0] += max(level_share, 1.0 / samples[0]) * distance
    variance[0] = (1.0 - weight) * (variance[0] + taught * distance)
    return score
