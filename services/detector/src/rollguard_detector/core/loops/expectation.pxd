# cython: cdivision=True, boundscheck=False, wraparound=False
"""
What the next value of a series is and how far off that is usually, row by row: ``core/banks/expectation``.
"""
from libc.math cimport INFINITY, copysign, sqrt

from .day cimport DAY_SECONDS, Day, Place, day_at, learn_at, place_of, shrinkage
from .extremes cimport least, most
from .half_lives cimport BY_STEPS, share
from .memory cimport LEAST_WEIGHT, Rests, announced_by, bound_of, bounded_then_learn, rests_at

cdef enum:
    STEADY = 0
    QUICK = 1
    DAILY = 2
    LEVELS = 3

cdef double STEPS[3]
cdef double QUICKER[3]
cdef double HANDICAPS[3]
cdef double DAMPING, TREND_SHARE, MOST_STEPS, LEAST_GAP, STEP_WEIGHT, LEAST_STEP_SECONDS, UNKNOWN_SCALE, LEAST_DAYS

cdef struct Series:  # where a row's columns stand
    double *levels
    double *trend
    double *samples
    double *first_seconds
    double *last_seconds
    double *step_seconds
    Rests rests
    Day day

cdef struct Gap:  # since the sample before
    double seconds
    double steps

cdef struct Ahead:  # what each level expects, and the damped trend
    double bases[3]
    double effects[3]
    double announced[3]
    double rests[3]
    double trend

cdef struct Told:  # see ``Told`` of the bank
    double value
    double scale
    double innovation
    double deviations
    double level


cdef inline Series series_at(const Series *columns, Py_ssize_t row) noexcept nogil:
    cdef Series series
    series.levels = columns.levels + LEVELS * row
    series.trend, series.samples = columns.trend + row, columns.samples + row
    series.first_seconds, series.last_seconds = columns.first_seconds + row, columns.last_seconds + row
    series.step_seconds = columns.step_seconds + row
    series.rests, series.day = rests_at(columns.rests, row), day_at(columns.day, row)
    return series


cdef inline Told expect_then_learn(
    const Series *series, double at_seconds, double value, double weight, bint frozen, double half_life
) noexcept nogil:
    """Return what was expected of a value, then learn it; the half-life in seconds may be BY_STEPS."""
    cdef Gap gap = _move_to(series, at_seconds, value)
    cdef Place place = place_of(series.day, at_seconds, gap.seconds, (at_seconds - series.first_seconds[0]) / DAY_SECONDS)
    cdef Ahead ahead = _look_ahead(series, gap.steps, &place, value, weight)
    cdef Told told = _tell(series, &ahead, weight, _best(series, place.known_days, frozen))
    cdef double bound = bound_of(series.rests.error[DAILY], series.samples[0])
    _learn_levels(series, &ahead, gap, frozen, half_life)
    if not frozen:
        learn_at(series.day, &place, value, bound)
    return told


cdef inline Gap _move_to(const Series *series, double at_seconds, double value) noexcept nogil:
    cdef double step = series.step_seconds[0]
    cdef Gap gap
    if series.samples[0] == 0.0:
        series.first_seconds[0] = series.last_seconds[0] = at_seconds
        series.levels[STEADY] = series.levels[QUICK] = series.levels[DAILY] = series.day.level[0] = value
    series.samples[0] += 1.0
    gap.seconds = at_seconds - series.last_seconds[0]
    if series.samples[0] <= 2.0:
        series.step_seconds[0], gap.steps = most(gap.seconds, LEAST_STEP_SECONDS), 1.0
    else:
        step += most(STEP_WEIGHT, 1.0 / series.samples[0]) * (least(gap.seconds, MOST_STEPS * step) - step)
        series.step_seconds[0], gap.steps = step, gap.seconds / step
    series.last_seconds[0] = at_seconds
    return gap


cdef inline Ahead _look_ahead(
    const Series *series, double steps, const Place *place, double value, double weight
) noexcept nogil:
    cdef Ahead ahead
    cdef int level
    ahead.trend = series.trend[0] * DAMPING
    ahead.effects[STEADY] = 0.0
    ahead.effects[QUICK] = ahead.trend * least(steps, MOST_STEPS)
    ahead.effects[DAILY] = shrinkage(place.known_days) * place.effect
    for level in range(LEVELS):
        ahead.bases[level] = series.levels[level] + ahead.effects[level]
        ahead.announced[level] = announced_by(series.rests, level, steps)
        ahead.rests[level] = (value - ahead.bases[level]) * weight
    return ahead


cdef inline int _best(const Series *series, double days, bint frozen) noexcept nogil:
    """Return the level of the least cost as numpy finds it: the first of several, and what is not a number before all."""
    cdef double least_cost = series.rests.spread[STEADY] * HANDICAPS[STEADY], cost
    cdef int best = STEADY, level
    for level in range(QUICK, LEVELS):
        cost = series.rests.spread[level] * HANDICAPS[level]
        if (level == QUICK and frozen) or (level == DAILY and days < LEAST_DAYS):
            cost = INFINITY
        if least_cost == least_cost and not cost >= least_cost:
            least_cost, best = cost, level
    return best


cdef inline Told _tell(const Series *series, const Ahead *ahead, double weight, int best) noexcept nogil:
    cdef Told told
    told.value, told.level = ahead.bases[best] + ahead.announced[best] / weight, ahead.bases[STEADY]
    told.innovation = ahead.rests[best] - ahead.announced[best]
    told.scale = sqrt(series.rests.spread[best])
    if told.scale > 0.0:
        told.deviations = told.innovation / told.scale
    else:
        told.deviations = 0.0 if told.innovation == 0.0 else copysign(UNKNOWN_SCALE, told.innovation)
    return told


cdef inline double _taken(Gap gap, int level, double half_life, double least_share) noexcept nogil:
    """Return the share that a level takes of a sample; a young one is the plain mean."""
    if half_life == BY_STEPS:
        return most(gap.steps / (gap.steps + STEPS[level]), least_share)
    return most(share(gap.seconds, half_life, QUICKER[level]), least_share)


cdef inline void _learn_levels(const Series *series, const Ahead *ahead, Gap gap, bint frozen, double half_life) noexcept nogil:
    cdef double samples = series.samples[0], young = 1.0 / samples, weight = 0.0 if frozen else most(LEAST_WEIGHT, young)
    cdef double kept, taken
    cdef int level
    for level in range(LEVELS):
        kept = bounded_then_learn(
            series.rests, level, ahead.rests[level], ahead.rests[level] - ahead.announced[level], samples, weight
        )
        taken = _taken(gap, level, half_life, young)
        if level == QUICK or not frozen:
            series.levels[level] = ahead.bases[level] + taken * kept
        if level == QUICK:
            series.trend[0] = ahead.trend + TREND_SHARE * taken * kept / most(gap.steps, LEAST_GAP)
    if not frozen:
        series.levels[DAILY] -= ahead.effects[DAILY]
