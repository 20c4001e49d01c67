"""
One incident, one alarm, row by row: ``IncidentBank.merge``.
"""
import numpy as np

from rollguard_detector.core.oddity import incident as one

SHARE = one.SHARE
MARGIN = one.MARGIN
LEAST_SAMPLES = one.LEAST_SAMPLES


cdef class Incidents:
    def __cinit__(self, bank):
        self.peak, self.at, self.samples = bank.peak, bank.at, bank.samples


def merge(bank, const Py_ssize_t[:] rows, const double[:] surprises):
    told = np.empty(len(rows))
    cdef double[::1] news = told
    cdef Incidents incidents = Incidents(bank)
    cdef Py_ssize_t place
    with nogil:
        for place in range(rows.shape[0]):
            news[place] = merged(incidents, rows[place], surprises[place])
    return told
