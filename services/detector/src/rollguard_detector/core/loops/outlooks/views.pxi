# The views: ``core/banks/outlooks/views``, a row at a time, in two passes, since numpy takes the logarithms of a block between them.

cdef enum:
    VIEWS = 26
    LOGS = 14  # of them that are logarithms, in the order of LOGGED

if VIEWS != len(gauge.VIEWS):
    raise ImportError("the views are others than those of their loop")

cdef double TINY = gauge.TINY
cdef int *LOGGED = [0, 1, 2, 15, 6, 7, 8, 12, 13, 14, 16, 17, 21, 25]  # ratios, then bent ones, then two spans of time


cdef inline void views_begin(
    double *told, double *terms, const Sample *now, const Line *trends, const Moments *usual, const Extremes *extremes, const Ahead *line
) noexcept nogil:
    """Tell the views, the bent ones as their ratios, and of what the logarithms are to be taken."""
    cdef double gap = now.median, base = usual.base, closest = least(extremes.closest, usual.base), scale_all = sqrt(usual.variance)
    cdef double floor = 1e-9 * (fabs(base) + fabs(gap)) + TINY
    cdef double ahead = most(gap, floor), far = most(base, floor)
    cdef double diffusion = sqrt(most(usual.slot_variance - usual.step_variance, 0.1 * usual.slot_variance)) + floor
    cdef int number
    terms[0], terms[1] = ahead / (trends[0].scatter + floor), ahead / (trends[1].scatter + floor)
    terms[2], terms[3] = ahead / (scale_all + floor), ahead / diffusion
    told[3] = clip(1.0 - gap / far, -1.0, 1.5)
    told[4] = clip(1.0 - gap / most(trends[2].level, floor), -1.0, 1.5)
    told[5] = clip(1.0 - gap / most(trends[1].level, floor), -1.0, 1.5)
    for number in range(TRENDS):
        _trend_views(told, number, &trends[number], now.horizon, floor)
    told[16] = -trends[1].slope * now.horizon / diffusion
    _reverting(told, usual, gap, floor)
    told[19] = clip((closest - gap) / (fabs(base - least(closest, gap)) + scale_all + floor), -2.0, 2.0)
    told[20] = clip(1.0 - closest / far, -1.0, 1.5)
    told[22] = clip((extremes.oldest - gap) / ahead, -2.0, 3.0)
    told[23], told[24] = 1.0 if extremes.breached else 0.0, line.evidence
    for number in range(4, 12):
        terms[number] = bent_term(told[LOGGED[number]])
    terms[12], terms[13] = 1.0 + usual.elapsed_all / now.horizon, 1.0 + line.span / now.horizon


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
