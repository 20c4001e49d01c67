"""
When a series leaves its range and when it is back, row by row: ``DepartureBank.find``. What decides stands in ``departing.pxd``.
"""
from libc.math cimport fabs
from libc.stdint cimport int16_t

import numpy as np

from .columns cimport begin_of, bytes_of, counts, numbers
from .departing cimport LEVEL, NOTHING, SPREAD, STUCK, USUAL_SIZE, Row, Sample, close_row, found_in


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
            finding[place] = found_in(&row, &sample)
            samples[place], recent[place] = row.samples[0], row.recent[0]
            if finding[place] != NOTHING:
                kind[place] = row.kind[0]
                _tell(&row, &sample, told + place, count)
                close_row(&row, finding[place])
    return findings, kinds, fields, of_samples, of_recent


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
