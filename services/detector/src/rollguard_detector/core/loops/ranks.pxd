# cython: cdivision=True, boundscheck=False, wraparound=False
"""
Conformal tails, row by row: ``core/banks/ranks``.
"""
from libc.math cimport fabs
from libc.stdint cimport uint16_t

from .exact cimport Lots
from .extremes cimport most

cdef enum:
    BINS = 64

cdef double EDGES[63]
cdef double FINE, COARSER, LEAST_PROBABILITY
cdef int HALVED_AT, LEAST_RANKED

cdef struct Tails:
    double each[4]  # up, down, wider, narrower


cdef inline int ranked(const uint16_t *up_to) noexcept nogil:
    return up_to[BINS - 1]


cdef inline Tails tails_then_learn(uint16_t *up_to, double deviations, Lots lots, bint learned) noexcept nogil:
    cdef double moved = deviations + (lots.first - 0.5) * most(FINE, (COARSER - 1.0) * fabs(deviations))
    cdef int place = _place(moved)
    cdef Tails tails = _tails(up_to, place, lots.second)
    if learned:
        _count(up_to, place)
    if ranked(up_to) >= HALVED_AT:
        _halve(up_to, lots.first < 0.5)
    return tails


cdef inline int _place(double moved) noexcept nogil:
    """Return how many edges are not above; all of them for what is not a number. Without a branch: the way is never the same."""
    cdef int place = 0, width = BINS // 2
    while width:
        place += width * (not moved < EDGES[place + width - 1])
        width //= 2
    return place


cdef inline int _below(const uint16_t *up_to, int bin_number) noexcept nogil:
    return up_to[bin_number - 1] if bin_number > 0 else 0


cdef inline Tails _tails(const uint16_t *up_to, int place, double lot) noexcept nogil:
    cdef int mirrored = BINS - 1 - place, far = max(place, mirrored), near = min(place, mirrored)
    cdef int total = ranked(up_to), here = _below(up_to, place + 1), below = _below(up_to, place)
    cdef int within_far = _below(up_to, far + 1) - _below(up_to, near), inside = _below(up_to, far) - _below(up_to, near + 1)
    cdef double new = 1.0 if total < HALVED_AT // 2 else total / (1.5 * HALVED_AT)
    cdef double beside = here - below + new, as_far = within_far - inside + new, rest = 1.0 - lot
    cdef Tails tails
    tails.each[0] = _probability(total - here + lot * beside, total + new)
    tails.each[1] = _probability(below + rest * beside, total + new)
    tails.each[2] = _probability(total - within_far + lot * as_far, total + new)
    tails.each[3] = _probability(inside + rest * as_far, total + new)
    return tails


cdef inline double _probability(double beyond, double all_of_them) noexcept nogil:
    return most(beyond / all_of_them, LEAST_PROBABILITY)


cdef inline void _count(uint16_t *up_to, int place) noexcept nogil:
    """Add one to all bins from a place on; to the others none, so that all are touched alike, several at once."""
    cdef int at
    for at in range(BINS):
        up_to[at] += at >= place


cdef inline void _halve(uint16_t *up_to, bint upwards_first) noexcept nogil:
    cdef int at
    cdef uint16_t before = 0, halved = 0, count
    for at in range(BINS):
        count = up_to[at] - before
        before = up_to[at]
        halved += <uint16_t> (count + (at + upwards_first) % 2) // 2
        up_to[at] = halved
