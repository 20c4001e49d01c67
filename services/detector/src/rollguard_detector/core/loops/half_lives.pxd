# cython: cdivision=True, boundscheck=False, wraparound=False
"""
How much of a level the next sample takes where its half-life was told, row by row: ``core/half_lives``.
"""
from .extremes cimport least

cdef double BY_STEPS, LOG_TWO, MOST_LIFE


cdef inline double share(double elapsed_seconds, double half_life_seconds, double quicker) noexcept nogil:
    cdef double life = least(elapsed_seconds / half_life_seconds * quicker * LOG_TWO, MOST_LIFE)
    cdef double grown = life * (1.0 + life / 2.0 * (1.0 + life / 3.0 * (1.0 + life / 4.0)))
    return grown / (1.0 + grown)
