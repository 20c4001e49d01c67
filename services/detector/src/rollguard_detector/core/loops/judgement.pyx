"""
The score of a sample, row by row: ``JudgementBank.score_then_learn`` with all of its parts, in one pass.
"""
from libc.math cimport exp, log10

import numpy as np

from rollguard_detector.core.loops.deviation cimport Deviations, deviations_of
from rollguard_detector.core.loops.incident cimport Incidents, merged
from rollguard_detector.core.loops.seen cimport Seen, distance_to_seen
from rollguard_detector.core.loops.surprise cimport Surprises, surprise_of

from rollguard_detector.core.oddity import judgement as one
from rollguard_detector.core.oddity import deviation

cdef double SHARE = deviation.SHARE
cdef double DAY_SECONDS = one.DAY_SECONDS, LEAST_SECONDS = one.LEAST_SECONDS
cdef double LOG_LEAST_DAYS = log10(one.LEAST_DAYS)


cdef class Judgements:
    """The columns of a ``JudgementBank`` and of its parts, and its settings."""

    cdef Seen seen
    cdef Surprises novelty, deviation_surprise
    cdef Deviations deviation
    cdef Incidents incident
    cdef int[::1] samples
    cdef double[::1] first_seconds, latest_seconds
    cdef double deviation_allowance, age_discount, alarm_worth

    def __cinit__(self, bank):
        settings = bank.settings
        self.seen, self.novelty = Seen(bank.seen), Surprises(bank.novelty)
        self.deviation, self.deviation_surprise = Deviations(bank.deviation), Surprises(bank.deviation_surprise)
        self.incident = Incidents(bank.incident)
        self.samples, self.first_seconds, self.latest_seconds = bank.samples, bank.first_seconds, bank.latest_seconds
        self.deviation_allowance, self.age_discount = settings.deviation_allowance, settings.age_discount
        self.alarm_worth = settings.alarm_worth


def score_then_learn(
    bank, const Py_ssize_t[:] rows, const double[:] at_seconds, const double[:] values, const double[:] level_shares=None
):
    told = np.empty(len(rows))
    cdef double[::1] scores = told
    cdef Judgements judgements = Judgements(bank)
    cdef bint is_told = level_shares is not None
    cdef double level_share = SHARE
    cdef Py_ssize_t place
    with nogil:
        for place in range(rows.shape[0]):
            if is_told:
                level_share = level_shares[place]
            scores[place] = _score(judgements, rows[place], at_seconds[place], values[place], level_share)
    return told


cdef inline double _score(
    Judgements bank, Py_ssize_t row, double at_seconds, double value, double level_share
) noexcept nogil:
    cdef double novelty = surprise_of(bank.novelty, row, distance_to_seen(bank.seen, row, value))
    cdef double away = deviations_of(bank.deviation, row, value, level_share)
    cdef double deviation = surprise_of(bank.deviation_surprise, row, away)
    _count(bank, row, at_seconds)
    cdef double surprise = merged(bank.incident, row, max(novelty, deviation - bank.deviation_allowance))
    return _worth(bank, row, surprise) if surprise > 0.0 else 0.0


cdef inline void _count(Judgements bank, Py_ssize_t row, double at_seconds) noexcept nogil:
    if bank.samples[row] == 0:
        bank.first_seconds[row] = bank.latest_seconds[row] = at_seconds
    elif at_seconds > bank.latest_seconds[row]:
        bank.latest_seconds[row] = at_seconds
    bank.samples[row] += 1


cdef inline double _worth(Judgements bank, Py_ssize_t row, double surprise) noexcept nogil:
    cdef double span = max(bank.latest_seconds[row] - bank.first_seconds[row], LEAST_SECONDS)
    cdef double share_of_history = surprise - log10(bank.samples[row])
    cdef double powers = share_of_history + (1.0 - bank.age_discount) * log10(span / DAY_SECONDS) - LOG_LEAST_DAYS
    if powers < 1.0:
        powers = exp(powers - 1.0)
    return powers / (powers + bank.alarm_worth)
