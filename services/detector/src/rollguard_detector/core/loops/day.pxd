# cython: cdivision=True, boundscheck=False, wraparound=False
"""
The day's profile, row by row: ``core/banks/day``.
"""
from libc.math cimport floor, fmod

from .extremes cimport least, most

cdef double DAY_SECONDS, HOUR_SECONDS, SHRINKING_DAYS, THURSDAY, WEEKEND_AFTER_DAYS
cdef double LEVEL_SECONDS, HOURS_SECONDS, WEEKEND_SECONDS

cdef struct Day:  # where a row's columns stand
    double *level
    double *weekend
    float *hours

cdef struct Place:  # see ``Place`` of the bank
    int before
    int after
    double part
    bint is_weekend
    double effect
    double elapsed
    double known_days


cdef inline Day day_at(Day columns, Py_ssize_t row) noexcept nogil:
    columns.level += row
    columns.weekend += row
    columns.hours += 24 * row
    return columns


cdef inline double _within_cycle(double whole, double cycle) noexcept nogil:
    """Return a whole number's rest as numpy has it, in [0, cycle); by whole numbers as long as they are exact, which is quicker."""
    cdef double rest
    if -9e15 < whole < 9e15:
        rest = <double> (<long long> whole % <long long> cycle)
    else:
        rest = fmod(whole, cycle)
    return rest + cycle if rest < 0.0 else rest


cdef inline Place place_of(Day day, double at_seconds, double elapsed, double known_days) noexcept nogil:
    cdef double hour = at_seconds / HOUR_SECONDS - 0.5, whole = floor(hour)
    cdef Place place
    place.part, place.elapsed, place.known_days = hour - whole, elapsed, known_days
    place.before = <int> _within_cycle(whole, 24.0)
    place.after = (place.before + 1) % 24
    place.is_weekend = _within_cycle(_within_cycle(floor(at_seconds / DAY_SECONDS) + THURSDAY, 7.0), 6.0) == 0.0
    place.effect = (1.0 - place.part) * day.hours[place.before] + place.part * day.hours[place.after]
    place.effect += day.weekend[0] if place.is_weekend else 0.0
    return place


cdef inline void learn_at(Day day, const Place *place, double value, double bound) noexcept nogil:
    cdef double error = least(most(value - day.level[0] - place.effect, -bound), bound)
    cdef double known = place.known_days, share = share_of_cycle(place.elapsed, least(HOURS_SECONDS, HOUR_SECONDS * known))
    day.level[0] += share_of_cycle(place.elapsed, least(LEVEL_SECONDS, DAY_SECONDS * known)) * (value - day.level[0])
    day.hours[place.before] = <float> (day.hours[place.before] + share * (1.0 - place.part) * error)
    day.hours[place.after] = <float> (day.hours[place.after] + share * place.part * error)
    if place.is_weekend and known >= WEEKEND_AFTER_DAYS:
        day.weekend[0] += share_of_cycle(place.elapsed, WEEKEND_SECONDS) * error


cdef inline double share_of_cycle(double elapsed, double constant) noexcept nogil:
    return elapsed / (elapsed + constant) if elapsed > 0.0 else 0.0


cdef inline double shrinkage(double known_days) noexcept nogil:
    return known_days / (known_days + SHRINKING_DAYS)
