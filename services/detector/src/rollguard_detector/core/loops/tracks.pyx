"""
The counts of tracks, row by row: what ``TrackBank.watch`` does after the forecast.
"""
from rollguard_detector.core.loops.columns cimport bytes_of, counts, numbers

import numpy as np

from rollguard_detector.core import objectives

cdef double LOW_SHARE = objectives.LOW_SHARE
cdef int CONFIRMING_SAMPLES = objectives.CONFIRMING_SAMPLES

cdef struct Columns:
    double *bound
    signed char *sign
    double *probability
    int *consecutive
    int *beyond
    int *within
    int *likely
    int *samples
    double *heard_at
    double *interval
    signed char *well

cdef struct Answers:  # beyond, within, likely and samples one after the other; well and stirring
    Py_ssize_t count
    int *counts
    double *interval
    signed char *flags


def count(bank, const Py_ssize_t[:] rows, const double[:] at_seconds, const double[:] values, outlook):
    """Take samples in, given what was forecast of them; return the columns of ``Watched`` but the first."""
    cdef const double[:] probability = outlook.probability
    cdef const signed char[:] is_known = outlook.is_known.view(np.int8)
    told, interval, flags = np.empty((4, len(rows)), np.int32), np.empty(len(rows)), np.empty((2, len(rows)), np.bool_)
    cdef Columns of
    cdef Answers answers = Answers(len(rows), counts(told), numbers(interval), bytes_of(flags))
    cdef Py_ssize_t place
    _look_at(bank, &of)
    with nogil:
        for place in range(rows.shape[0]):
            _count(&of, rows[place], values[place], is_known[place], probability[place])
            _hear(&of, rows[place], at_seconds[place])
            _answer(&of, rows[place], &answers, place)
    return (*told, interval, *flags)


cdef int _look_at(object bank, Columns *of) except -1:
    of.bound, of.sign, of.probability = numbers(bank.bound), bytes_of(bank.sign), numbers(bank.probability)
    of.consecutive, of.beyond, of.within = counts(bank.consecutive), counts(bank.beyond), counts(bank.within)
    of.likely, of.samples, of.heard_at = counts(bank.likely), counts(bank.samples), numbers(bank.heard_at)
    of.interval, of.well = numbers(bank.interval), bytes_of(bank.well)


cdef inline void _count(Columns *of, Py_ssize_t row, double value, bint is_known, double said) noexcept nogil:
    cdef bint is_beyond = of.sign[row] * (value - of.bound[row]) > 0.0
    of.beyond[row] = of.beyond[row] + 1 if is_beyond else 0
    of.within[row] = 0 if is_beyond else of.within[row] + 1
    of.likely[row] = of.likely[row] + 1 if is_known and said >= of.probability[row] else 0
    of.well[row] = is_known and said <= LOW_SHARE * of.probability[row] and of.within[row] >= of.consecutive[row]


cdef inline void _hear(Columns *of, Py_ssize_t row, double at) noexcept nogil:
    of.interval[row] = at - of.heard_at[row] if of.samples[row] > 0 else 0.0
    of.heard_at[row] = at
    of.samples[row] += 1


cdef inline void _answer(const Columns *of, Py_ssize_t row, Answers *answers, Py_ssize_t place) noexcept nogil:
    cdef Py_ssize_t count = answers.count
    answers.counts[place], answers.counts[count + place] = of.beyond[row], of.within[row]
    answers.counts[2 * count + place], answers.counts[3 * count + place] = of.likely[row], of.samples[row]
    answers.interval[place] = of.interval[row]
    answers.flags[place] = of.well[row]
    answers.flags[count + place] = of.beyond[row] >= of.consecutive[row] or of.likely[row] >= CONFIRMING_SAMPLES
