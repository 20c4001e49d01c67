# cython: cdivision=True, boundscheck=False, wraparound=False
"""
What a departure is, row by row: how it begins, goes on and ends, as ``core/banks/departures`` has it.
"""
from libc.math cimport INFINITY, fabs
from libc.stdint cimport int16_t

from .extremes cimport least, most

cdef int LEVEL, SPREAD, SPIKE, STUCK, NONE
cdef int NOTHING, DEPARTURE, RETURN, ADOPTION
cdef double LEAST_DEVIATIONS, SMOOTHING, SLOW_SMOOTHING, WIDER, NARROWER, USUAL_SIZE, MOVED, CALM_BELOW
cdef double MOST_RESIDUAL, MOST_SIZE, ADOPTED_AFTER_SECONDS
cdef int RETURNED_SAMPLES, CALM_SAMPLES

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


cdef inline int found_in(const Row *row, const Sample *sample) noexcept nogil:
    """Take a sample in; return the code of what it begins or ends."""
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


cdef inline void close_row(const Row *row, int finding) noexcept nogil:
    if finding == DEPARTURE:
        return
    if finding == ADOPTION and row.kind[0] == STUCK:
        row.is_known_stuck[0] = True
    row.kind[0], row.smoothed[0], row.size[0], row.odd_run[0] = NONE, 0.0, USUAL_SIZE, 0
