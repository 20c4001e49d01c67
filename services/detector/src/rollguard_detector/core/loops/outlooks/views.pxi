# The views: ``core/banks/outlooks/views``, a row at a time, in two passes about logarithms of numpy's.

cdef enum:
    VIEWS = 26
    LOGS = 14  # of them that are logarithms, in the order of LOGGED

if VIEWS != len(gauge.VIEWS):
    raise ImportError("the views are others than those of their loop")

cdef double TINY = gauge.TINY
cdef int *LOGGED = [0, 1, 2, 15, 6, 7, 8, 12, 13, 14, 16, 17, 21, 25]  # ratios, then bent ones, then two spans of time

cdef struct Gauged:  # what the gauge knows after a sample
    const Sample *now
    const Moments *usual
    const Ahead *line
    Line trends[TRENDS]
    double closest
    double oldest  # median of the ring
    bint breached


cdef inline void views_begin(Gauged *seen, double *told, double *terms) noexcept nogil:
    """Tell the views, the bent ones as their ratios, and of what the logarithms are to be taken."""
    cdef double gap = seen.now.median, base = seen.usual.base
    cdef double floor = 1e-9 * (fabs(base) + fabs(gap)) + TINY
    cdef int number
    for number in range(TRENDS):
        _trend_views(told, number, &seen.trends[number], seen.now.horizon, floor)
    _gaps(seen, told, terms, most(gap, floor), floor)
    _extremes(seen, told, floor)
    _reverting(told, seen.usual, gap, floor)
    told[22] = clip((seen.oldest - gap) / most(gap, floor), -2.0, 3.0)
    told[23], told[24] = seen.breached, seen.line.evidence
    for number in range(4, 12):
        terms[number] = bent_term(told[LOGGED[number]])
    terms[12], terms[13] = 1.0 + seen.usual.elapsed_all / seen.now.horizon, 1.0 + seen.line.span / seen.now.horizon


cdef inline void _gaps(const Gauged *seen, double *told, double *terms, double ahead, double floor) noexcept nogil:
    """Tell what is left in units of what moves it, and which share of the way is gone."""
    cdef double gap = seen.now.median, slots = seen.usual.slot_variance
    cdef double diffusion = sqrt(most(slots - seen.usual.step_variance, 0.1 * slots)) + floor
    terms[0], terms[1] = ahead / (seen.trends[0].scatter + floor), ahead / (seen.trends[1].scatter + floor)
    terms[2], terms[3] = ahead / (sqrt(seen.usual.variance) + floor), ahead / diffusion
    told[3] = clip(1.0 - gap / most(seen.usual.base, floor), -1.0, 1.5)
    told[4] = clip(1.0 - gap / most(seen.trends[2].level, floor), -1.0, 1.5)
    told[5] = clip(1.0 - gap / most(seen.trends[1].level, floor), -1.0, 1.5)
    told[16] = -seen.trends[1].slope * seen.now.horizon / diffusion


cdef inline void _extremes(const Gauged *seen, double *told, double floor) noexcept nogil:
    """Compare with the closest that the series ever came."""
    cdef double gap = seen.now.median, base = seen.usual.base, closest = least(seen.closest, base)
    told[19] = (closest - gap) / (fabs(base - least(closest, gap)) + sqrt(seen.usual.variance) + floor)
    told[19] = clip(told[19], -2.0, 2.0)
    told[20] = clip(1.0 - closest / most(base, floor), -1.0, 1.5)


cdef inline void _trend_views(double *told, int number, const Line *trend, double horizon, double floor) noexcept nogil:
    cdef double move = -trend.slope * horizon, drifted = horizon * trend.slope_error
    told[6 + number] = (move - trend.level) / (sqrt(trend.scatter * trend.scatter + drifted * drifted) + floor)
    told[9 + number] = clip(move / most(trend.level, floor), -2.0, 4.0)
    told[12 + number] = -trend.slope / (trend.slope_error + floor / horizon)


cdef inline void _reverting(double *told, const Moments *usual, double gap, double floor) noexcept nogil:
    cdef double variance = usual.variance
    cdef double memory = clip(usual.slot_product / variance, 0.0, 0.99) if variance > 0.0 else 0.0
    cdef double expected = usual.mean + memory * (gap - usual.mean)
    told[17] = -expected / (sqrt(variance * (1.0 - memory * memory)) + floor)
    told[18] = memory


cdef inline void views_end(double *told, const double *logs) noexcept nogil:
    """Put the logarithms in their places."""
    cdef int number
    for number in range(4):
        told[LOGGED[number]] = clip(logs[number], -3.0, 6.0)
    for number in range(4, 12):
        told[LOGGED[number]] = copysign(logs[number], told[LOGGED[number]])
    told[21], told[25] = least(logs[12], 4.0), least(logs[13], 3.0)
