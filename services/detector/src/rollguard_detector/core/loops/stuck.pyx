"""
Values that stand still, row by row: ``StuckBank.score_then_learn`` with the runs that ended, in one pass.
"""
from libc.math cimport log10

import numpy as np

from rollguard_detector.core.loops.surprise cimport Surprises, surprise_of, surprise_unlearned

from rollguard_detector.core.oddity import stuck as one

cdef int LEAST_RUN_SAMPLES = one.LEAST_RUN_SAMPLES


cdef class Stuck:
    """The columns of a ``StuckBank`` and of its runs."""

    cdef Surprises runs
    cdef double[::1] value
    cdef int[::1] run_samples, samples

    def __cinit__(self, bank):
        self.runs = Surprises(bank.runs)
        self.value, self.run_samples, self.samples = bank.value, bank.run_samples, bank.samples


def score_then_learn(bank, const Py_ssize_t[:] rows, const double[:] values):
    told = np.empty(len(rows))
    cdef double[::1] scores = told
    cdef Stuck stuck = Stuck(bank)
    cdef Py_ssize_t place
    with nogil:
        for place in range(rows.shape[0]):
            scores[place] = _score(stuck, rows[place], values[place])
    return told


cdef inline double _score(Stuck bank, Py_ssize_t row, double value) noexcept nogil:
    if value != bank.value[row]:
        if bank.samples[row] > 0:
            surprise_of(bank.runs, row, max(bank.run_samples[row], LEAST_RUN_SAMPLES))
        bank.run_samples[row] = 0
    bank.value[row] = value
    bank.run_samples[row] += 1
    bank.samples[row] += 1
    return _among_samples(bank, row) if bank.run_samples[row] > LEAST_RUN_SAMPLES else 0.0


cdef inline double _among_samples(Stuck bank, Py_ssize_t row) noexcept nogil:
    cdef double among_runs = surprise_unlearned(bank.runs, row, bank.run_samples[row])
    if among_runs == 0.0:
        return 0.0
    return among_runs + log10(<double>bank.samples[row] / (bank.runs.samples[row] + 1))
