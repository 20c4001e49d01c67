"""
Level and deviation, row by row: ``DeviationBank.score_then_learn``.
"""
import numpy as np

from rollguard_detector.core.oddity import deviation as one

SHARE = one.SHARE
LEAST_SAMPLES = one.LEAST_SAMPLES


cdef class Deviations:
    def __cinit__(self, bank):
        self.mean, self.variance, self.samples = bank.mean, bank.variance, bank.samples


def score_then_learn(bank, const Py_ssize_t[:] rows, const double[:] values, const double[:] level_shares=None):
    told = np.empty(len(rows))
    cdef double[::1] scores = told
    cdef Deviations deviations = Deviations(bank)
    cdef bint is_told = level_shares is not None
    cdef Py_ssize_t place
    with nogil:
        for place in range(rows.shape[0]):
            scores[place] = deviations_of(deviations, rows[place], values[place], level_shares[place] if is_told else SHARE)
    return told
