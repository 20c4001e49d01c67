"""
Did thousands of series change? ``EvidenceBank.score_then_learn``, all of it for one row after the other.
"""
from libc.math cimport INFINITY, NAN, fabs, isfinite
from libc.stdint cimport uint16_t

import numpy as np

from rollguard_detector.core.evidence import evidence as one
from rollguard_detector.core.evidence import ranks as ranking

from .columns cimport begin_of, bytes_of, numbers, singles
from .exact cimport draw
from .excursions cimport DIRECTIONS, Excursions, Rarity, add, excursions_at
from .expectation cimport Series, Told, expect_then_learn, series_at
from .half_lives cimport BY_STEPS
from .ranks cimport BINS, LEAST_RANKED, Tails, ranked, tails_then_learn
from .shares cimport share_of, steadied, weight_then_learn

cdef double LARGEST_VALUE = one.LARGEST_VALUE, RANGE_DEVIATIONS = one.RANGE_DEVIATIONS, LEAST_SAMPLES = ranking.LEAST_SAMPLES
cdef enum:
    FIELDS = 12  # of the answers: EXPECTED to RETURN_BITS, then the flags
    FLAGS = 3

cdef struct Columns:  # of the whole bank, or where a row stands in them
    Series series
    Excursions excursions
    uint16_t *up_to
    double *usual_size

cdef struct Answer:  # see ``EvidenceAnswers``
    double said[7]
    double return_bits
    bint alarm


def score_then_learn(
    bank, const Py_ssize_t[:] rows, const double[:] at_seconds, const double[:] values, sample_sizes, frozen, half_lives
):
    """Return numbers and flags, an array of each field a line."""
    cdef Py_ssize_t count = rows.shape[0], place
    cdef const double[:] sizes = sample_sizes
    cdef const unsigned char[:] held = None if frozen is None else frozen.view(np.uint8)
    cdef const double[:] lives = half_lives
    cdef bint is_sized = sample_sizes is not None, is_held = frozen is not None, is_told = half_lives is not None
    cdef Columns columns
    _find_columns(&columns, bank)
    cdef double *asked_bits = numbers(bank.excursions.asked_bits)
    fields, flags = np.empty((FIELDS, count)), np.empty((FLAGS, count), np.bool_)
    cdef double *told = numbers(fields)
    cdef unsigned char *signs = <unsigned char *> bytes_of(flags)
    cdef Columns row
    cdef Answer answer
    with nogil:
        for place in range(count):
            row = _row_at(&columns, rows[place])
            answer = _answer(
                &row,
                at_seconds[place],
                values[place],
                _counted(sizes[place]) if is_sized else 0.0,
                held[place] if is_held else False,
                lives[place] if is_told else BY_STEPS,
                asked_bits,
            )
            _put(&row, &answer, told + place, signs + place, count)
    return fields, flags


cdef inline double _counted(double size) noexcept nogil:
    return size if size > 0.0 and size < INFINITY else 0.0


cdef inline Answer _answer(
    const Columns *row, double at_seconds, double value, double size, bint frozen, double half_life, const double *asked_bits
) noexcept nogil:
    if _counts(row, at_seconds, value):
        return _said(row, at_seconds, value, size, frozen, half_life, asked_bits)
    return Answer([NAN, NAN, NAN, 0.0, 0.0, 1.0, 1.0], 0.0, False)


cdef inline bint _counts(const Columns *row, double at_seconds, double value) noexcept nogil:
    cdef bint is_newer = row.series.samples[0] == 0.0 or at_seconds > row.series.last_seconds[0]
    return is_newer and isfinite(at_seconds) and fabs(value) <= LARGEST_VALUE


cdef inline Answer _said(
    const Columns *row, double at_seconds, double value, double size, bint frozen, double half_life, const double *asked_bits
) noexcept nogil:
    cdef double steady = steadied(value, size)
    cdef double weight = weight_then_learn(row.usual_size, size, row.series.samples[0] + 1.0, frozen)
    cdef Told told = expect_then_learn(&row.series, at_seconds, steady, weight, frozen, half_life)
    cdef bint learned = not frozen and row.series.samples[0] > LEAST_SAMPLES, warm = ranked(row.up_to) >= LEAST_RANKED
    cdef Tails tails = tails_then_learn(row.up_to, told.deviations, draw(at_seconds, steady, told.level), learned)
    cdef Rarity rarity = add(&row.excursions, &tails, asked_bits, frozen) if warm else Rarity(0.0, False)
    cdef double reach = RANGE_DEVIATIONS * told.scale / weight
    cdef Answer answer
    answer.said[0], answer.said[1] = share_of(told.value, size), share_of(told.value - reach, size)
    answer.said[2], answer.said[3] = share_of(told.value + reach, size), told.deviations
    answer.said[4], answer.said[5], answer.said[6] = told.innovation, tails.each[0], tails.each[1]
    answer.return_bits, answer.alarm = rarity.return_bits, rarity.alarm
    return answer


cdef inline void _put(
    const Columns *row, const Answer *answer, double *told, unsigned char *signs, Py_ssize_t count
) noexcept nogil:
    """Put the fields of an answer into their lines."""
    cdef int field, direction
    cdef bint is_open = False
    for field in range(7):
        told[field * count] = answer.said[field]
    for direction in range(DIRECTIONS):
        told[(7 + direction) * count] = row.excursions.evidence[direction]
        is_open |= row.excursions.is_open[direction]
    told[(FIELDS - 1) * count] = answer.return_bits
    signs[0], signs[count], signs[2 * count] = answer.alarm, is_open, ranked(row.up_to) >= LEAST_RANKED


cdef inline Columns _row_at(const Columns *columns, Py_ssize_t row) noexcept nogil:
    cdef Columns one
    one.series, one.excursions = series_at(&columns.series, row), excursions_at(&columns.excursions, row)
    one.up_to, one.usual_size = columns.up_to + BINS * row, columns.usual_size + row
    return one


cdef int _find_columns(Columns *columns, bank) except -1:
    _find_series(&columns.series, bank.expectation)
    _find_excursions(&columns.excursions, bank.excursions)
    columns.up_to = <uint16_t *> begin_of(bank.ranks.up_to, sizeof(uint16_t))
    columns.usual_size = numbers(bank.sizes.usual)
    return 0


cdef int _find_series(Series *series, bank) except -1:
    series.levels, series.trend, series.samples = numbers(bank.levels), numbers(bank.trend), numbers(bank.samples)
    series.first_seconds, series.last_seconds = numbers(bank.first_seconds), numbers(bank.last_seconds)
    series.step_seconds = numbers(bank.step_seconds)
    rests, day = bank.rests, bank.day
    series.rests.before, series.rests.product = numbers(rests.before), numbers(rests.product)
    series.rests.error, series.rests.spread = numbers(rests.error), numbers(rests.spread)
    series.day.level, series.day.weekend = numbers(day.level), numbers(day.weekend)
    series.day.hours = singles(day.hours)
    return 0


cdef int _find_excursions(Excursions *excursions, bank) except -1:
    excursions.evidence, excursions.tops, excursions.peaks = numbers(bank.evidence), numbers(bank.tops), numbers(bank.peaks)
    excursions.excess_bits, excursions.is_open = numbers(bank.excess_bits), <unsigned char *> bytes_of(bank.is_open)
    excursions.largest_bits, excursions.seen = numbers(bank.largest_bits), numbers(bank.seen)
    excursions.since = numbers(bank.since)
    return 0
