# cython: cdivision=True, boundscheck=False, wraparound=False
"""
Evidence and its own past excursions, row by row: ``core/banks/excursions``.
"""
from libc.math cimport sqrt

from .exact cimport log2
from .extremes cimport least, most
from .ranks cimport Tails

cdef enum:
    DIRECTIONS = 4

cdef double MOST_BITS, EBB_BITS, THRESHOLD_BITS, PRIOR_PEAKS, PRIOR_BITS, MOST_LARGEST_BITS
cdef double REMEMBERED_SAMPLES, FADING, CALM_SAMPLES

cdef struct Excursions:  # where a row's columns stand; one number a direction in the first five
    double *evidence
    double *tops
    double *peaks
    double *excess_bits
    unsigned char *is_open
    double *largest_bits
    double *seen
    double *since

cdef struct Rarity:
    double return_bits
    bint alarm


cdef inline Excursions excursions_at(const Excursions *columns, Py_ssize_t row) noexcept nogil:
    cdef Excursions one
    cdef Py_ssize_t first = DIRECTIONS * row
    one.evidence, one.tops, one.peaks = columns.evidence + first, columns.tops + first, columns.peaks + first
    one.excess_bits, one.is_open = columns.excess_bits + first, columns.is_open + first
    one.largest_bits, one.seen, one.since = columns.largest_bits + row, columns.seen + row, columns.since + row
    return one


cdef inline Rarity add(const Excursions *one, const Tails *tails, const double *asked_bits, bint frozen) noexcept nogil:
    """Add a sample's tails."""
    cdef bint ebbed[DIRECTIONS]
    cdef bint rings = False
    cdef double rarest = 0.0
    cdef int direction
    for direction in range(DIRECTIONS):
        ebbed[direction] = _grow(one, direction, _paid_bits(tails.each[direction]), frozen)
    if not frozen:
        _age(one)
    for direction in range(DIRECTIONS):
        rings |= _reach(one, direction, asked_bits[direction], ebbed[direction], &rarest)
    return Rarity(rarest, _ring_once(one, rings))


cdef inline double _paid_bits(double probability) noexcept nogil:
    cdef double half = sqrt(probability), quarter = sqrt(half)
    return log2((0.25 / (half * quarter) + 0.5 / half + 0.75 / quarter + 0.875 / sqrt(quarter)) * 0.25)


cdef inline bint _grow(const Excursions *one, int direction, double paid, bint frozen) noexcept nogil:
    """Add bits to one direction; return whether its excursion is over."""
    cdef double grown = least(most(one.evidence[direction] + paid, 0.0), MOST_BITS), top = one.tops[direction]
    if top > 0.0 and grown <= most(0.0, top - EBB_BITS):
        if not frozen:
            _keep(one, direction, top)
        one.evidence[direction] = one.tops[direction] = 0.0
        return True
    one.evidence[direction], one.tops[direction] = grown, most(top, grown)
    return False


cdef inline void _keep(const Excursions *one, int direction, double top) noexcept nogil:
    if top > THRESHOLD_BITS:
        one.peaks[direction] += 1.0
        one.excess_bits[direction] += top - THRESHOLD_BITS
        one.largest_bits[0] = most(one.largest_bits[0], least(top, MOST_LARGEST_BITS))


cdef inline void _age(const Excursions *one) noexcept nogil:
    cdef int direction
    one.seen[0] += 1.0
    if one.seen[0] > REMEMBERED_SAMPLES:
        one.seen[0] *= 0.5
        for direction in range(DIRECTIONS):
            one.peaks[direction] *= 0.5
            one.excess_bits[direction] *= 0.5
        one.largest_bits[0] *= FADING


cdef inline bint _reach(const Excursions *one, int direction, double asked, bint ebbed, double *rarest) noexcept nogil:
    """Return whether a direction's incident begins; ``rarest`` becomes the longest return period so far."""
    cdef double bits = one.evidence[direction], return_bits = 0.0
    if bits > THRESHOLD_BITS:
        return_bits = _return_bits(one, direction, bits)
    cdef bint reached = bits >= asked and return_bits >= asked, was_open = one.is_open[direction] and not ebbed
    one.is_open[direction] = reached or was_open
    rarest[0] = most(rarest[0], return_bits)
    return reached and not was_open


cdef inline double _return_bits(const Excursions *one, int direction, double bits) noexcept nogil:
    cdef double samples = log2(one.seen[0] + 1.0), peaks = one.peaks[direction], beyond
    if bits <= one.largest_bits[0]:
        return samples - 1.0
    beyond = (bits - THRESHOLD_BITS) / (one.excess_bits[direction] + PRIOR_PEAKS * PRIOR_BITS)
    return samples - log2(peaks + 1.0) + (peaks + PRIOR_PEAKS) * log2(1.0 + beyond)


cdef inline bint _ring_once(const Excursions *one, bint rings) noexcept nogil:
    cdef bint alarm = rings and one.since[0] >= CALM_SAMPLES
    one.since[0] = 0.0 if rings else one.since[0] + 1.0
    return alarm
