"""
How often a series reports, and by when it should have, row by row: ``CadenceBank.learn``.
"""
from libc.math cimport INFINITY

import numpy as np

from rollguard_detector.core.banks import patience as so

from .columns cimport bytes_of, counts, numbers
from .extremes cimport least, most

cdef double SHARE = so.SHARE, MOST_CHANGE = so.MOST_CHANGE, LEAST_SECONDS = so.LEAST_SECONDS, FADING = so.FADING
cdef double USUAL_INTERVALS = so.USUAL_INTERVALS, LONGEST_SILENCES = so.LONGEST_SILENCES
cdef int LEAST_SAMPLES = so.LEAST_SAMPLES

cdef struct Heard:  # where a row's columns stand
    double *at
    double *interval
    double *longest
    int *samples


def learn(bank, const Py_ssize_t[:] rows, const double[:] at_seconds):
    """Return the fields of ``Cadence``."""
    cdef Py_ssize_t count = rows.shape[0], place, row
    samples, intervals, overdue, due = np.empty(count, np.int32), np.empty(count), np.empty(count, np.bool_), np.empty(count)
    cdef int *had = counts(samples)
    cdef double *usual = numbers(intervals)
    cdef double *due_at = numbers(due)
    cdef signed char *was_overdue = bytes_of(overdue)
    cdef Heard columns, heard
    columns.at, columns.interval = numbers(bank.heard_at), numbers(bank.interval)
    columns.longest, columns.samples = numbers(bank.longest), counts(bank.samples)
    with nogil:
        for place in range(count):
            row = rows[place]
            heard = Heard(columns.at + row, columns.interval + row, columns.longest + row, columns.samples + row)
            had[place], usual[place] = heard.samples[0], heard.interval[0]
            was_overdue[place] = at_seconds[place] > _due_at(&heard)
            _hear(&heard, at_seconds[place])
            due_at[place] = _due_at(&heard)
    return samples, intervals, overdue, due


cdef inline void _hear(const Heard *heard, double at_seconds) noexcept nogil:
    cdef int before = heard.samples[0]
    cdef double usual = heard.interval[0], elapsed = at_seconds - heard.at[0] if before > 0 else 0.0
    cdef double bounded = least(most(elapsed, LEAST_SECONDS), MOST_CHANGE * usual if before > 1 else INFINITY)
    heard.interval[0] += (SHARE if before > 1 else 1.0 if before == 1 else 0.0) * (bounded - usual)
    heard.longest[0] = most(FADING * heard.longest[0], elapsed)
    heard.at[0], heard.samples[0] = at_seconds, before + 1


cdef inline double _due_at(const Heard *heard) noexcept nogil:
    if heard.samples[0] < LEAST_SAMPLES:
        return INFINITY
    return heard.at[0] + most(USUAL_INTERVALS * heard.interval[0], LONGEST_SILENCES * heard.longest[0])
