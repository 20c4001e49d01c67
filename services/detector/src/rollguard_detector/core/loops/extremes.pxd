# cython: cdivision=True, boundscheck=False, wraparound=False
"""
The larger and the smaller of two numbers as numpy has them: what is not a number stays that.
"""


cdef inline double most(double one, double other) noexcept nogil:
    return one if one >= other or one != one else other


cdef inline double least(double one, double other) noexcept nogil:
    return one if one <= other or one != one else other
