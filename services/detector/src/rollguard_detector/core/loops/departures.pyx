"""
When a series leaves its range and when it is back, row by row: ``DepartureBank.find``.
"""
from libc.math cimport INFINITY, fabs
from libc.stdint cimport int16_t

import numpy as np

from rollguard_detector.core.banks import departing as so

from .columns cimport begin_of, bytes_of, counts, numbers
from .extremes cimport least, most

cdef int LEVEL = so.LEVEL, SPREAD = so.SPREAD, SPIKE = so.SPIKE, STUCK = so.STUCK, NONE = so.NONE
cdef int NOTHING = so.NOTHING, DEPARTURE = so.DEPARTURE, RETURN = so.RETURN, ADOPTION = so.ADOPTION
cdef double LEAST_DEVIATIONS = so.LEAST_DEVIATIONS, SMOOTHING = so.SMOOTHING, SLOW_SMOOTHING = so.SLOW_SMOOTHING
cdef double WIDER = so.WIDER, NARROWER = so.NARROWER, USUAL_SIZE = so.USUAL_SIZE, MOVED = so.MOVED, CALM_BELOW = so.CALM_BELOW
cdef double MOST_RESIDUAL = so.MOST_RESIDUAL, MOST_SIZE = so.MOST_SIZE, ADOPTED_AFTER_SECONDS = so.ADOPTED_AFTER_SECONDS
cdef int RETURNED_SAMPLES = so.RETURNED_SAMPLES, CALM_SAMPLES = so.CALM_SAMPLES

cdef struct Row:  # where its columns stand
    int *samples
    signed char *is_known_stuck
    double *smoothed
    double *recent
    double *size
    int *odd_run
    double *run_novelty
    signed char *kind
    signed char *sign
    double *opened_at
    double *expected
    double *scale
    int *open_samples
    int16_t *returned
    int16_t *calm

cdef struct Sample:  # with what the models say of it, and the gates of its row
    double at_seconds
    double value
    double residual
    double expected
    double scale
    double up
    double down
    double wider
    double narrower
    double novelty
    double stuck
    bint is_warm
    double sign
    double least_absolute
    double least_relative
    double samples_in_a_row


def find(bank, const Py_ssize_t[:] rows, const double[:] at_seconds, const double[:] values, seen, gates):
    """Return findings and kinds, an array of each of the six numbers that tell more a line, samples, and recent values."""
    cdef Py_ssize_t count = rows.shape[0], place
    cdef const double[:] residual = seen.residual, expected = seen.expected, scale = seen.scale, up = seen.up, down = seen.down
    cdef const double[:] wider = seen.wider, narrower = seen.narrower, novelty = seen.novelty, stuck = seen.stuck
    cdef const double[:] signs = gates.sign, least_absolute = gates.least_absolute, least_relative = gates.least_relative
    cdef const double[:] in_a_row = gates.samples_in_a_row
    cdef const unsigned char[:] is_warm = seen.is_warm.view(np.uint8)
    findings, kinds, fields = np.zeros(count, np.int8), np.zeros(count, np.int8), np.zeros((6, count))
    of_samples, of_recent = np.empty(count, np.int32), np.empty(count)
    cdef signed char *finding = bytes_of(findings)
    cdef signed char *kind = bytes_of(kinds)
    cdef double *told = numbers(fields)
    cdef int *samples = counts(of_samples)
    cdef double *recent = numbers(of_recent)
    cdef Row columns = _columns_of(bank), row
    cdef Sample sample
    with nogil:
        for place in range(count):
            row = _row_at(&columns, rows[place])
            sample = Sample(
                at_seconds[place], values[place], residual[place], expected[place], scale[place], up[place], down[place],
                wider[place], narrower[place], novelty[place], stuck[place], is_warm[place],
                signs[place], least_absolute[place], least_relative[place], in_a_row[place],
            )
            finding[place] = _find(&row, &sample)
            samples[place], recent[place] = row.samples[0], row.recent[0]
            if finding[place] != NOTHING:
                kind[place] = row.kind[0]
                _tell(&row, &sample, told + place, count)
                _close(&row, finding[place])
    return findings, kinds, fields, of_samples, of_recent


cdef inline int _find(const Row *row, const Sample *sample) noexcept nogil:
    cdef int kind
    if sample.is_warm:
        _smooth(row, sample)
    else:
        row.odd_run[0], row.run_novelty[0] = 0, -INFINITY
    row.is_known_stuck[0] = row.is_known_stuck[0] and sample.stuck >= 0.0
    if row.kind[0] != NONE:
        return _ending(row, sample)
    if not sample.is_warm:
        return NOTHING
    kind = _departing(row, sample)
    if kind == NONE:
        return NOTHING
    _open(row, sample, kind)
    return DEPARTURE


cdef inline void _smooth(const Row *row, const Sample *sample) noexcept nogil:
    """Follow residual, value and size; while the models are cold there is nothing to follow."""
    cdef double residual = least(most(sample.residual, -MOST_RESIDUAL), MOST_RESIDUAL), magnitude = fabs(residual)
    row.recent[0] += (1.0 if row.samples[0] == 0 else SMOOTHING) * (sample.value - row.recent[0])
    row.samples[0] += 1
    row.smoothed[0] += SMOOTHING * (residual - row.smoothed[0])
    row.size[0] += SLOW_SMOOTHING * (least(magnitude, MOST_SIZE) - row.size[0])
    if magnitude >= LEAST_DEVIATIONS:
        row.odd_run[0] += 1
        row.run_novelty[0] = most(row.run_novelty[0], sample.novelty)
    else:
        row.odd_run[0], row.run_novelty[0] = 0, -INFINITY


cdef inline int _departing(const Row *row, const Sample *sample) noexcept nogil:
    """Return the kind of departure that a calm row begins."""
    cdef double smoothed = row.smoothed[0], evidence = sample.up if smoothed > 0.0 else sample.down
    cdef bint matters = _matters(row, sample)
    if matters and evidence >= 0.0 and fabs(smoothed) >= LEAST_DEVIATIONS:
        return LEVEL
    if matters and row.run_novelty[0] >= 0.0 and row.odd_run[0] >= sample.samples_in_a_row:
        return SPIKE
    if sample.stuck >= 0.0 and not row.is_known_stuck[0]:
        return STUCK
    if sample.sign == 0.0 and fabs(smoothed) < MOVED and _scatters(row, sample):
        return SPREAD
    return NONE


cdef inline bint _matters(const Row *row, const Sample *sample) noexcept nogil:
    cdef double moved = fabs(row.recent[0] - sample.expected)
    return (
        moved >= sample.least_absolute
        and moved >= sample.least_relative * fabs(sample.expected)
        and (sample.sign == 0.0 or sample.sign == _sign(row.smoothed[0]))
    )


cdef inline bint _scatters(const Row *row, const Sample *sample) noexcept nogil:
    """Return whether the residuals lie further apart than usual, or closer together."""
    if sample.wider >= 0.0 and row.size[0] >= WIDER * USUAL_SIZE:
        return True
    return sample.narrower >= 0.0 and row.size[0] <= NARROWER * USUAL_SIZE


cdef inline int _sign(double number) noexcept nogil:
    return (number > 0.0) - (number < 0.0)


cdef inline void _open(const Row *row, const Sample *sample, int kind) noexcept nogil:
    row.kind[0] = kind
    row.sign[0] = 0 if kind == STUCK else _sign(row.size[0] - USUAL_SIZE if kind == SPREAD else row.smoothed[0])
    row.opened_at[0], row.expected[0], row.scale[0] = sample.at_seconds, sample.expected, sample.scale
    row.open_samples[0] = row.returned[0] = row.calm[0] = 0


cdef inline int _ending(const Row *row, const Sample *sample) noexcept nogil:
    """Return how an open row ends, if it does."""
    row.open_samples[0] += 1
    row.returned[0] = min(row.returned[0] + 1, RETURNED_SAMPLES) if _is_back(row, sample) else 0
    row.calm[0] = min(row.calm[0] + 1, CALM_SAMPLES) if fabs(row.smoothed[0]) < CALM_BELOW else 0
    if row.returned[0] >= RETURNED_SAMPLES:
        return RETURN
    cdef bint lasted = sample.at_seconds - row.opened_at[0] > ADOPTED_AFTER_SECONDS
    return ADOPTION if row.open_samples[0] >= CALM_SAMPLES and (lasted or row.calm[0] >= CALM_SAMPLES) else NOTHING


cdef inline bint _is_back(const Row *row, const Sample *sample) noexcept nogil:
    if row.kind[0] == SPREAD:
        return row.size[0] < CALM_BELOW * USUAL_SIZE and row.size[0] > USUAL_SIZE / CALM_BELOW
    if row.kind[0] == STUCK:
        return sample.stuck < 0.0
    return fabs(row.recent[0] - row.expected[0]) < CALM_BELOW * row.scale[0]


cdef inline void _close(const Row *row, int finding) noexcept nogil:
    if finding == DEPARTURE:
        return
    if finding == ADOPTION and row.kind[0] == STUCK:
        row.is_known_stuck[0] = True
    row.kind[0], row.smoothed[0], row.size[0], row.odd_run[0] = NONE, 0.0, USUAL_SIZE, 0


cdef inline void _tell(const Row *row, const Sample *sample, double *told, Py_ssize_t count) noexcept nogil:
    """Put side, deviations, reference and evidence into their lines."""
    cdef int kind = row.kind[0]
    told[0] = row.sign[0]
    told[count] = row.size[0] / USUAL_SIZE if kind == SPREAD else 0.0 if kind == STUCK else fabs(row.smoothed[0])
    told[2 * count], told[3 * count], told[4 * count] = row.opened_at[0], row.expected[0], row.scale[0]
    told[5 * count] = _evidence(row, sample)


cdef inline double _evidence(const Row *row, const Sample *sample) noexcept nogil:
    cdef int kind = row.kind[0]
    if kind == LEVEL:
        return sample.up if row.sign[0] > 0 else sample.down
    if kind == SPREAD:
        return sample.wider if row.sign[0] > 0 else sample.narrower
    return sample.stuck if kind == STUCK else row.run_novelty[0]


cdef inline Row _row_at(const Row *columns, Py_ssize_t row) noexcept nogil:
    return Row(
        columns.samples + row, columns.is_known_stuck + row, columns.smoothed + row, columns.recent + row, columns.size + row,
        columns.odd_run + row, columns.run_novelty + row, columns.kind + row, columns.sign + row, columns.opened_at + row,
        columns.expected + row, columns.scale + row, columns.open_samples + row, columns.returned + row, columns.calm + row,
    )


cdef Row _columns_of(bank) except *:
    return Row(
        counts(bank.samples), bytes_of(bank.is_known_stuck), numbers(bank.smoothed), numbers(bank.recent), numbers(bank.size),
        counts(bank.odd_run), numbers(bank.run_novelty), bytes_of(bank.kind), bytes_of(bank.sign), numbers(bank.opened_at),
        numbers(bank.expected), numbers(bank.scale), counts(bank.open_samples),
        <int16_t *> begin_of(bank.returned, sizeof(int16_t)), <int16_t *> begin_of(bank.calm, sizeof(int16_t)),
    )
