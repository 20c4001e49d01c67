"""
Rarity of measures, row by row: ``SurpriseBank.score_then_learn``, whatever the scale and however many are kept.
"""
import numpy as np

from rollguard_detector.core.loops.grades cimport scale_of

from rollguard_detector.core.oddity import surprise as one

LEAST_SAMPLES = one.LEAST_SAMPLES
ROUNDING = one.ROUNDING
LOG_TEN = one.LOG_TEN
cdef double UNIT_EXPONENT = one.UNIT_EXPONENT


cdef class Surprises:
    def __cinit__(self, bank):
        self.scale = scale_of(bank.SCALE)
        self.least_exponent = <double>bank.LEAST_EXPONENT * UNIT_EXPONENT
        self.largest, self.last, self.at, self.samples = bank.largest, bank.last, bank.at, bank.samples


def score_then_learn(bank, const Py_ssize_t[:] rows, const double[:] oddities):
    told = np.empty(len(rows))
    cdef double[::1] scores = told
    cdef Surprises surprises = Surprises(bank)
    cdef Py_ssize_t place
    with nogil:
        for place in range(rows.shape[0]):
            scores[place] = surprise_of(surprises, rows[place], oddities[place])
    return told
