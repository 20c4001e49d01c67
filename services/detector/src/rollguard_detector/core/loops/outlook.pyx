"""
The breach forecaster, a block of rows at a time: ``OutlookBank.forecast_then_learn``, to the last bit.

Exponentials and logarithms are taken by numpy, for a block at once between two passes over its rows: those of the C library differ
in the last bit, and of a series that hardly moves the scatter is rounding, which a last bit turns into another view. So flags, the
counts of pools, and what is rounded to four bytes are the steps' as well. A block is as long as the cache of a core holds.

The parts stand in ``outlooks``, a file a part as in ``core/banks/outlooks``, and are compiled into this loop.
"""
from libc.math cimport INFINITY, NAN, copysign, fabs, isnan, rint, sqrt
from libc.string cimport memmove, memset

from rollguard_detector.core.loops.columns cimport bytes_of, begin_of, counts, integers, numbers, singles

import numpy as np

from rollguard_detector.core.outlook import forecast, gauge, matured, pool, reliability, straight
from rollguard_detector.core.outlook import network as layers
from rollguard_detector.core.outlook.weights import HORIZON_SHARES, STACK

cdef enum:
    BLOCK = 128
    TRENDS = 3
    POWERS = TRENDS + 1  # what is left of the weights of the trends, and of the straight line's
    ODDS = 6  # by each horizon, and of the answer

if TRENDS != len(gauge.HALF_LIVES):
    raise ImportError("the trends are others than those of their loop")

cdef struct Sample:
    double at
    double elapsed
    double horizon
    double gap
    double median  # of the last gaps
    double step
    bint breached

include "outlooks/scales.pxi"
include "outlooks/lines.pxi"
include "outlooks/straight.pxi"
include "outlooks/recent.pxi"
include "outlooks/columns.pxi"
include "outlooks/usual.pxi"
include "outlooks/views.pxi"
include "outlooks/network.pxi"
include "outlooks/matured.pxi"
include "outlooks/times.pxi"
include "outlooks/passes.pxi"


cdef class _Room:
    """What the passes over a block tell each other, and the terms that numpy takes functions of."""
    cdef object kept, powers, logs, odds, spared
    cdef Passing *passing
    cdef double *power
    cdef double *log
    cdef double *odd
    cdef double *rest

    def __cinit__(self, Py_ssize_t rows):
        self.kept = np.empty(rows * sizeof(Passing), np.int8)
        self.powers, self.logs, self.odds, self.spared = (np.empty(rows * size) for size in (POWERS, LOGS, ODDS, 1))
        self.passing = <Passing *>begin_of(self.kept, 1)
        self.power, self.log = numbers(self.powers), numbers(self.logs)
        self.odd, self.rest = numbers(self.odds), numbers(self.spared)


def forecast_then_learn(bank, const Py_ssize_t[:] rows, const double[:] at_seconds, const double[:] values):
    """Return the columns of ``Outlooks``."""
    cdef Py_ssize_t count = rows.shape[0], begin, end
    told, flags = np.empty((6, count)), np.empty((2, count), np.bool_)
    cdef Answers answers = Answers(count, numbers(told), bytes_of(flags))
    cdef _Room room = _Room(min(count, BLOCK))
    cdef Columns of
    _look_at(bank, &of)
    for begin in range(0, count, BLOCK):
        end = min(begin + BLOCK, count)
        _learn_block(&of, room, rows[begin:end], at_seconds[begin:end], values[begin:end])
        _answer_block(&of, room, &answers, begin, end - begin)
    return (*told, *flags)


cdef int _learn_block(
    Columns *of, _Room room, const Py_ssize_t[:] rows, const double[:] at_seconds, const double[:] values
) except -1:
    cdef Py_ssize_t many = rows.shape[0], place
    with nogil:
        for place in range(many):
            _enter(of, &room.passing[place], rows[place], at_seconds[place], values[place])
            _begin_powers(&room.passing[place].now, &room.power[place * POWERS])
    _take(np.exp, room.powers, many * POWERS)
    with nogil:
        for place in range(many):
            _learn(of, &room.passing[place], &room.power[place * POWERS], &room.log[place * LOGS])
    _take(np.log, room.logs, many * LOGS)


cdef int _answer_block(Columns *of, _Room room, Answers *answers, Py_ssize_t begin, Py_ssize_t many) except -1:
    cdef Py_ssize_t place
    with nogil:
        for place in range(many):
            _combine(of, &room.passing[place], &room.log[place * LOGS], &room.odd[place * ODDS])
    _take(np.exp, room.odds, many * ODDS)
    with nogil:
        for place in range(many):
            room.rest[place] = _remember(of, &room.passing[place], &room.odd[place * ODDS])
    _take(np.log, room.spared, many)
    with nogil:
        for place in range(many):
            _answer(of, &room.passing[place], room.odd[place * ODDS + HORIZONS], room.rest[place], answers, begin + place)


cdef int _take(object function, object terms, Py_ssize_t many) except -1:
    """Take a function of the first terms in place."""
    some = terms if many == len(terms) else terms[:many]
    function(some, some)
