# Least squares with forgetting: ``core/banks/outlooks/lines``, a line at a time; its moments stand ``apart`` numbers apart.

cdef enum:
    MOMENTS = 6  # weight, t, tt, y, ty, yy

cdef double LN2 = np.log(2.0)

cdef struct Line:
    double level
    double slope
    double scatter
    double slope_error
    double weight
    double mean_t
    double spread_t


cdef inline double kept_power(double elapsed, double half_life) noexcept nogil:
    """Return what is to be raised for what is left of a weight."""
    return -LN2 * elapsed / half_life


cdef inline void line_learn(double *moments, int apart, double value, double step, double keep) noexcept nogil:
    cdef double weight = moments[0], t = moments[apart], tt = moments[2 * apart]
    cdef double y = moments[3 * apart], ty = moments[4 * apart], yy = moments[5 * apart]
    moments[2 * apart] = keep * (tt - step * (2.0 * t - step * weight))
    moments[4 * apart] = keep * (ty - step * y)
    moments[apart] = keep * (t - step * weight)
    moments[0] = keep * weight + 1.0
    moments[3 * apart] = keep * y + value
    moments[5 * apart] = keep * yy + value * value


cdef inline Line line_fitted(const double *moments, int apart) noexcept nogil:
    cdef Line line
    cdef double weight = moments[0], t = moments[apart], y = moments[3 * apart]
    cdef double some = weight if weight > 0.0 else 1.0
    cdef double mean_y = y / some, spread_y, rest
    line.weight, line.mean_t = weight, t / some
    line.spread_t = most(moments[2 * apart] - t * line.mean_t, 0.0)
    spread_y = most(moments[5 * apart] - y * mean_y, 0.0)
    if line.spread_t > 0.0:
        line.slope = (moments[4 * apart] - t * mean_y) / line.spread_t
        rest = most(spread_y - line.slope * line.slope * line.spread_t, 0.0) / most(weight - 2.0, 0.5)
        line.slope_error = sqrt(rest / line.spread_t)
    else:
        line.slope = line.slope_error = 0.0
        rest = most(spread_y, 0.0) / some
    line.level, line.scatter = mean_y - line.slope * line.mean_t, sqrt(rest)
    return line
