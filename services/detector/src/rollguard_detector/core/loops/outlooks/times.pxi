# When the breach will be: ``core/banks/outlooks/times``, a row at a time, in two passes about a logarithm of numpy's.

cdef enum:
    SHARES = 3

cdef double FAR = forecast.FAR, TENTH_DEVIATIONS = forecast.TENTH_DEVIATIONS
cdef double SHARE[SHARES]
cdef double SHARE_SPARED[SHARES]
cdef double KNOTS[HORIZONS]
for number, spared in enumerate(np.log(1.0 - np.array([0.1, 0.5, 0.9]))):
    SHARE[number], SHARE_SPARED[number] = (0.1, 0.5, 0.9)[number], spared
for number, knot in enumerate(HORIZON_SHARES):
    KNOTS[number] = knot


cdef inline bint is_by_line(const Ahead *line) noexcept nogil:
    return line.evidence > -LOWEST


cdef inline double quantiles_begin(const double *likely_by, double *found) noexcept nogil:
    """Tell after how many horizons each share has come, NaN past the last knot; return the most that was reached by then."""
    cdef double reached = 0.0
    cdef int number
    for number in range(SHARES):
        found[number] = _quantile(likely_by, SHARE[number], &reached)
    return reached


cdef inline double _quantile(const double *likely_by, double share, double *past) noexcept nogil:
    cdef double before = 0.0, reached = 0.0, likely
    cdef int number
    for number in range(HORIZONS):
        likely = likely_by[number]
        if likely >= share:
            return before + (KNOTS[number] - before) * (share - reached) / most(likely - reached, 1e-12)
        if likely > reached:
            before, reached = KNOTS[number], likely
    past[0] = reached
    return NAN


cdef inline void quantiles_end(double *found, double spared, double horizon) noexcept nogil:
    """Let the hazard go on as it was, given the logarithm of what was spared, and tell the times in seconds."""
    cdef double last = KNOTS[HORIZONS - 1], hazard = -spared / last, far
    cdef int number
    for number in range(SHARES):
        if isnan(found[number]):
            far = last + (spared - SHARE_SPARED[number]) / hazard if hazard > 0.0 else INFINITY
            found[number] = far if far <= FAR else INFINITY
        found[number] *= horizon


cdef inline void times_by_line(const Ahead *line, double width, double *found) noexcept nogil:
    found[0], found[1], found[2] = line.seconds_left / width, line.seconds_left, line.seconds_left * width
