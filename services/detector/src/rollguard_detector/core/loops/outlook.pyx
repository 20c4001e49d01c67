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
    BLOCK = 256
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

cdef Py_ssize_t OWN = forecast.OWN
cdef int KNOWN_SAMPLES = forecast.KNOWN_SAMPLES
cdef double HALF_LIVES[TRENDS]
for number, half_life in enumerate(gauge.HALF_LIVES):
    HALF_LIVES[number] = half_life

cdef struct Passing:  # what a pass tells the next ones of a row
    Sample now
    Py_ssize_t row
    Ahead line
    double views[VIEWS]
    double log_odds[HORIZONS]
    double inputs[TOLD - 1]
    double quantiles[SHARES]


def forecast_then_learn(bank, const Py_ssize_t[:] rows, const double[:] at_seconds, const double[:] values):
    """Return the columns of ``Outlooks``."""
    cdef Py_ssize_t count = rows.shape[0], longest = min(count, BLOCK), begin, many, place
    told, flags = np.empty((6, count)), np.empty((2, count), np.bool_)
    powers, logs, odds, spared = (np.empty(size * longest) for size in (POWERS, LOGS, ODDS, 1))
    room = np.empty(longest * sizeof(Passing), np.int8)
    cdef Columns of
    cdef Answers answers = Answers(count, numbers(told), bytes_of(flags))
    cdef double *power = numbers(powers)
    cdef double *log = numbers(logs)
    cdef double *odd = numbers(odds)
    cdef double *rest = numbers(spared)
    cdef Passing *passing = <Passing *>begin_of(room, 1)
    _look_at(bank, &of)
    for begin in range(0, count, BLOCK):
        many = min(BLOCK, count - begin)
        with nogil:
            for place in range(many):
                _enter(&of, &passing[place], rows[begin + place], at_seconds[begin + place], values[begin + place])
                _begin_powers(&passing[place].now, &power[place * POWERS])
        _taken(np.exp, powers, many * POWERS)
        with nogil:
            for place in range(many):
                _learn(&of, &passing[place], &power[place * POWERS], &log[place * LOGS])
        _taken(np.log, logs, many * LOGS)
        with nogil:
            for place in range(many):
                _combine(&of, &passing[place], &log[place * LOGS], &odd[place * ODDS])
        _taken(np.exp, odds, many * ODDS)
        with nogil:
            for place in range(many):
                rest[place] = _remember(&of, &passing[place], &odd[place * ODDS])
        _taken(np.log, spared, many)
        with nogil:
            for place in range(many):
                _answer(&of, &passing[place], odd[place * ODDS + HORIZONS], rest[place], &answers, begin + place)
    return (*told, *flags)


cdef int _taken(object function, object terms, Py_ssize_t many) except -1:
    """Take a function of the first terms in place."""
    some = terms if many == len(terms) else terms[:many]
    function(some, some)


cdef inline void _enter(const Columns *of, Passing *passing, Py_ssize_t row, double at, double value) noexcept nogil:
    cdef double before = of.at[row]
    cdef Sample *now = &passing.now
    passing.row = row
    now.at, now.horizon = most(before, at), of.horizon[row]
    now.elapsed = now.at - (now.at if before == -INFINITY else before)
    now.gap = clip(of.sign[row] * (of.bound[row] - value), -MOST, MOST)
    of.at[row] = now.at


cdef inline void _begin_powers(const Sample *now, double *powers) noexcept nogil:
    cdef int number
    for number in range(TRENDS):
        powers[number] = kept_power(now.elapsed, HALF_LIVES[number] * now.horizon)
    powers[TRENDS] = kept_power(now.elapsed, HALF_LIFE * now.horizon)


cdef inline void _learn(Columns *of, Passing *passing, const double *keeps, double *terms) noexcept nogil:
    """Let all parts of the gauge take the gap in, and begin the views."""
    cdef Py_ssize_t row = passing.row
    cdef Sample *now = &passing.now
    cdef double *moments = &of.trends[row * MOMENTS * TRENDS]
    cdef Line trends[TRENDS]
    cdef Extremes extremes
    cdef int number
    of.samples[row] += 1
    recent_learn(&of.recent[row * RECENT], of.samples[row], now)
    now.breached = now.median <= 0.0
    for number in range(TRENDS):
        line_learn(moments + number, TRENDS, now.gap, now.elapsed, keeps[number])
        trends[number] = line_fitted(moments + number, TRENDS)
    passing.line = straight_learn(&of.line_moments[row * MOMENTS], &of.case[row], &of.line_samples[row], now, keeps[TRENDS])
    extremes = usual_learn(&of.usual, row, now, of.samples[row])
    views_begin(passing.views, terms, now, trends, &of.usual.moments[row], &extremes, &passing.line)


cdef inline void _combine(Columns *of, Passing *passing, const double *logs, double *powers) noexcept nogil:
    """Ask the network and the pool, once what has matured is settled, and say what is to be raised for probabilities or times."""
    cdef Py_ssize_t row = passing.row, pool = of.pool[row]
    cdef double *odds = passing.log_odds
    cdef double *inputs = passing.inputs
    cdef double said
    cdef int number
    views_end(passing.views, logs)
    network(passing.views, odds)
    matured_learn(&of.matured, &of.pools, row, pool, &passing.now)
    inputs[0], inputs[1] = odds[OWN], (odds[OWN] + odds[OWN + 1] + odds[OWN + 2]) / 3.0
    inputs[2] = clip(passing.line.evidence + LOWEST, 0.0, 1.0)
    said = stacked(&of.pools, pool, inputs, of.matured.shift[row])
    powers[HORIZONS] = sigmoid_power(said)
    for number in range(HORIZONS):
        powers[number] = sigmoid_power(odds[number] + (said - odds[OWN]))
    if is_by_line(&passing.line):
        powers[0] = TENTH_DEVIATIONS * passing.line.relative_error


cdef inline double _remember(Columns *of, Passing *passing, const double *powers) noexcept nogil:
    """Keep the forecast, and begin the times; return of what their logarithm is to be taken."""
    cdef double likely_by[HORIZONS]
    cdef int number
    if passing.now.breached:
        memset(passing.quantiles, 0, SHARES * sizeof(double))
        return 1.0
    remember(&of.matured, passing.row, &passing.now, passing.inputs, probability(powers[HORIZONS]))
    if is_by_line(&passing.line):
        times_by_line(&passing.line, powers[0], passing.quantiles)
        return 1.0
    for number in range(HORIZONS):
        likely_by[number] = probability(powers[number])
    return 1.0 - quantiles_begin(likely_by, passing.quantiles)


cdef inline void _answer(
    const Columns *of, Passing *passing, double power, double spared, Answers *answers, Py_ssize_t place
) noexcept nogil:
    cdef Py_ssize_t row = passing.row, count = answers.count
    cdef int number
    if not (passing.now.breached or is_by_line(&passing.line)):
        quantiles_end(passing.quantiles, spared, passing.now.horizon)
    answers.told[place] = 1.0 if passing.now.breached else probability(power)
    for number in range(SHARES):
        answers.told[(1 + number) * count + place] = passing.quantiles[number]
    answers.told[4 * count + place] = of.bound[row] - of.sign[row] * passing.line.level
    answers.told[5 * count + place] = -of.sign[row] * passing.line.slope
    answers.flags[place] = passing.line.evidence > 0.0
    answers.flags[count + place] = of.samples[row] >= KNOWN_SAMPLES
