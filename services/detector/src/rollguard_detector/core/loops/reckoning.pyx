"""
What the models say of a round, held against the budgets, row by row: ``banks/reckoning``.
"""
from libc.math cimport NAN

from math import log, log2

import numpy as np

from rollguard_detector.core import budget
from rollguard_detector.core.oddity import judgement

from . cimport exact
from .columns cimport bytes_of, numbers
from .extremes cimport least, most

cdef double DAY_SECONDS = budget.DAY_SECONDS, LEAST_SAMPLES = budget.LEAST_SAMPLES, MOST = budget.MOST, LEAST = 1.0 / budget.MOST
cdef double BEYOND_THE_PAST_BITS = budget.BEYOND_THE_PAST_BITS, VETO = budget.VETO
cdef double ALARM_WORTH = judgement.JudgementSettings().alarm_worth
cdef double BITS_A_POWER = log2(10.0), LOG_TWO = log(2.0)
cdef double LEAST_DAYS_BITS = log2(judgement.LEAST_DAYS), TINY_BITS = log2(budget.TINY_DAYS)

cdef enum:
    LINES = 9  # of numbers told: residual, four kinds of evidence, novelty, stuck, needed, and the residual or NaN


def reckon(said):
    """Return the lines of numbers, and which rows are warm."""
    evidence, cadence = said.evidence, said.cadence
    cdef const double[:] values = said.values, level = said.level, deviation = said.deviation, scores = said.scores
    cdef const double[:] powers = said.stuck, budget_days = said.budget_days, intervals = cadence.interval_seconds
    cdef const double[:] up = evidence.up, down = evidence.down, wider = evidence.wider, narrower = evidence.narrower
    cdef const double[:] return_bits = evidence.return_bits
    cdef const int[:] samples = cadence.samples
    cdef const unsigned char[:] is_known = said.is_known.view(np.uint8), is_warm = evidence.is_warm.view(np.uint8)
    cdef Py_ssize_t count = values.shape[0], place
    lines, flags = np.empty((LINES, count)), np.empty(count, np.bool_)
    cdef double *told = numbers(lines)
    cdef signed char *warm = bytes_of(flags)
    cdef double needed, short, residual
    with nogil:
        for place in range(count):
            needed = _bits(most(budget_days[place] * DAY_SECONDS / intervals[place], LEAST_SAMPLES))
            short = _short(return_bits[place], samples[place], needed)
            residual = (values[place] - level[place]) / deviation[place] if is_known[place] else 0.0
            told[place], told[8 * count + place] = residual, residual if is_known[place] else NAN
            told[count + place], told[2 * count + place] = up[place] + short, down[place] + short
            told[3 * count + place], told[4 * count + place] = wider[place] + short, narrower[place] + short
            told[5 * count + place] = _return_bits(scores[place]) - _bits(budget_days[place])
            told[6 * count + place], told[7 * count + place] = powers[place] * BITS_A_POWER - needed, needed
            warm[place] = is_warm[place] and is_known[place]
    return lines, flags


cdef inline double _bits(double number) noexcept nogil:
    return exact.log2(least(number, MOST))


cdef inline double _short(double return_bits, int samples, double needed) noexcept nogil:
    """Return what a row's evidence falls short of: what is asked, and more than that where its own past does not agree."""
    cdef double stated = least(needed, exact.log2(samples + 1.0) + BEYOND_THE_PAST_BITS)
    return least(return_bits - stated, 0.0) * VETO - needed


cdef inline double _return_bits(double score) noexcept nogil:
    """Return after how many days something scored so high returns, in bits; most samples score nothing."""
    cdef double powers
    if not score > 0.0:
        return TINY_BITS
    powers = score * ALARM_WORTH / most(1.0 - score, LEAST)
    if powers < 1.0:
        powers = 1.0 + exact.log2(most(powers, LEAST)) * LOG_TWO
    return most(LEAST_DAYS_BITS + powers * BITS_A_POWER, TINY_BITS)
