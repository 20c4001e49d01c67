"""
The nearest value seen, row by row: ``SeenBank.distance_then_learn``.
"""
import numpy as np

from rollguard_detector.core.oddity import seen as one

BOUND = one.BOUND
MOST_VALUES = one.MOST_VALUES
HALF = 2 ** (one.MOST_VALUES.bit_length() - 1)


cdef class Seen:
    def __cinit__(self, bank):
        self.values, self.origin, self.narrowest = bank.values, bank.origin, bank.narrowest
        self.least, self.count = bank.least, bank.count


def distance_then_learn(bank, const Py_ssize_t[:] rows, const double[:] values):
    told = np.empty(len(rows))
    cdef double[::1] distances = told
    cdef Seen seen = Seen(bank)
    cdef Py_ssize_t place
    with nogil:
        for place in range(rows.shape[0]):
            distances[place] = distance_to_seen(seen, rows[place], values[place])
    return told

