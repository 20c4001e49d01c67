# The scales of ``core/banks/outlooks/scales``, a number at a time; logarithms and powers are numpy's, taken between two passes.

cdef double MOST_RATIO = 1e12


cdef inline double least(double one, double other) noexcept nogil:
    return one if one < other else other


cdef inline double most(double one, double other) noexcept nogil:
    return one if one > other else other


cdef inline double clip(double value, double low, double high) noexcept nogil:
    return low if value < low else (high if value > high else value)


cdef inline double probability(double power) noexcept nogil:
    """Return the sigmoid, given the exponential of the odds' negative logarithm."""
    return 1.0 / (1.0 + power)


cdef inline double sigmoid_power(double log_odds) noexcept nogil:
    """Return what is to be raised for it."""
    return -clip(log_odds, -40.0, 40.0)


cdef inline double bent_term(double ratio) noexcept nogil:
    """Return of what the logarithm is to be taken for a ratio on the bent scale; its sign comes from the ratio."""
    return 1.0 + least(fabs(ratio), MOST_RATIO)
