# cython: cdivision=True, boundscheck=False, wraparound=False, initializedcheck=False
"""
The columns of a ``SeenBank``, and the step of one row: the distance to the nearest value seen, which is kept then.
"""
from libc.math cimport INFINITY

from rollguard_detector.core.loops.ordered cimport exchange

cdef int MOST_VALUES, HALF
cdef double BOUND


cdef class Seen:
    cdef float[:, ::1] values
    cdef double[::1] origin, narrowest
    cdef unsigned char[::1] least, count


cdef inline double distance_to_seen(Seen bank, Py_ssize_t row, double value) noexcept nogil:
    cdef float *values = &bank.values[row, 0]
    cdef bint is_new = bank.count[row] == 0
    if is_new:
        bank.origin[row] = value
    cdef float at = <float>_bounded(value - bank.origin[row])
    cdef int place = _place(values, at)
    cdef double above = values[place], below = values[place - 1] if place > 0 else -INFINITY
    if above == at or not above - below > bank.narrowest[row]:
        return 0.0
    _keep(bank, row, place, at)
    return 0.0 if is_new else min(above - at, at - below)


cdef inline double _bounded(double distance) noexcept nogil:
    return BOUND if distance > BOUND else -BOUND if distance < -BOUND else distance


cdef inline int _place(const float *values, float at) noexcept nogil:
    """Return how many values lie below: the same steps whatever the value, so that no branch has to be guessed."""
    cdef int place = (values[HALF - 1] < at) * (MOST_VALUES - HALF + 1), step = HALF >> 1
    while step:
        place += (values[place + step - 1] < at) * step
        step >>= 1
    return place


cdef inline void _keep(Seen bank, Py_ssize_t row, int place, float at) noexcept nogil:
    """Keep a value at its place, in exchange for an empty slot, or for the one that is missed least."""
    cdef float *values = &bank.values[row, 0]
    cdef int count = bank.count[row]
    cdef bint is_full = count >= MOST_VALUES
    cdef int gone = min(<int>bank.least[row] if is_full else count, MOST_VALUES - 1)
    place -= place > gone
    exchange(<char *>values, sizeof(float), gone, place)
    values[place] = at
    if not is_full:
        bank.count[row] += 1
    if count >= MOST_VALUES - 1:
        _find_narrowest(bank, row, values)


cdef inline void _find_narrowest(Seen bank, Py_ssize_t row, const float *values) noexcept nogil:
    cdef double narrowest = <double>values[2] - values[0], span
    cdef int least = 1, place
    for place in range(2, MOST_VALUES - 1):
        span = <double>values[place + 1] - values[place - 1]
        if span < narrowest:
            narrowest, least = span, place
    bank.narrowest[row], bank.least[row] = narrowest, least
