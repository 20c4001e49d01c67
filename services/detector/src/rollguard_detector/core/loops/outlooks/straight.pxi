# The expert of straight lines: ``core/banks/outlooks/straight``, a row at a time.

cdef double LINE_TINY = 1e-300
cdef double HALF_LIFE = straight.HALF_LIFE, SILENT = straight.SILENCE * straight.HALF_LIFE, SURPRISE = straight.SURPRISE
cdef double ALLOWANCE = straight.ALLOWANCE, LIMIT = straight.LIMIT, NOISE_SHARE = straight.NOISE_SHARE
cdef double ROUNDING = straight.ROUNDING, SIGNIFICANT = straight.SIGNIFICANT, FEW_SAMPLES = straight.FEW_SAMPLES
cdef double CAUTION = straight.CAUTION, SLOPE_CHANGE = straight.SLOPE_CHANGE, REACH = straight.REACH
cdef double MOST_CORRELATION = straight.MOST_CORRELATION, LOWEST = straight.LOWEST, HIGHEST = straight.HIGHEST
cdef int LEAST_SAMPLES = straight.LEAST_SAMPLES

cdef struct Case:  # a row of the bank's column of that name
    double span
    double noise
    double correlation
    double last
    double up
    double down

cdef struct Ahead:
    double evidence
    double seconds_left
    double relative_error
    double level
    double slope
    double span

cdef struct Compared:
    double learned
    double square
    bint is_line
    bint turned


cdef inline Ahead straight_learn(double *moments, Case *case, int *samples, const Sample *now, double keep) noexcept nogil:
    cdef Compared said
    if now.elapsed > SILENT * now.horizon:
        _line_begin(moments, case)
    said = _compare(line_fitted(moments, 1), case, samples[0], now.gap, now.elapsed)
    if said.turned:
        _line_begin(moments, case)
    line_learn(moments, 1, said.learned, now.elapsed, keep)
    if not said.turned and (said.is_line or moments[0] > 1.0):
        case.span += now.elapsed
    if said.is_line and not said.turned:
        samples[0] += 1
        case.noise += most(NOISE_SHARE, 1.0 / most(samples[0], 1.0)) * (said.square - case.noise)
    return _look_ahead(line_fitted(moments, 1), case, now.horizon)


cdef inline void _line_begin(double *moments, Case *case) noexcept nogil:
    memset(moments, 0, MOMENTS * sizeof(double))
    case.span = case.up = case.down = 0.0


cdef inline Compared _compare(Line line, Case *case, int samples, double gap, double elapsed) noexcept nogil:
    """Return what is learned of a gap, the square for the noise, and whether the series turned; the case moves."""
    cdef Compared said
    cdef double foreseen, ahead, width, surprise, deviation
    said.learned, said.square, said.turned, said.is_line = gap, 0.0, False, line.spread_t > 0.0
    if not said.is_line:
        return said
    foreseen, ahead = line.level + line.slope * elapsed, elapsed - line.mean_t
    width = 1.0 + 1.0 / most(line.weight, LINE_TINY) + ahead * ahead / line.spread_t
    surprise = gap - foreseen
    deviation = most(sqrt(case.noise * width), ROUNDING * fabs(foreseen))
    if samples >= LEAST_SAMPLES and deviation > 0.0:
        surprise = _surprised(case, surprise / deviation, deviation)
        said.turned = case.up > LIMIT or case.down > LIMIT
    if not said.turned:
        said.learned, said.square = foreseen + surprise, surprise * surprise / width
    return said


cdef inline double _surprised(Case *case, double deviations, double deviation) noexcept nogil:
    """Take a surprise into the case for a turn, and return what is learned of it."""
    cdef double standard = clip(deviations, -SURPRISE, SURPRISE)
    case.correlation += NOISE_SHARE * (standard * case.last - case.correlation)
    case.last = standard
    case.up = most(0.0, case.up + standard - ALLOWANCE)
    case.down = most(0.0, case.down - standard - ALLOWANCE)
    return standard * deviation


cdef inline Ahead _look_ahead(Line line, const Case *case, double horizon) noexcept nogil:
    cdef Ahead said
    cdef double towards = -line.slope, noise, reach, beyond
    said.evidence = said.seconds_left = said.relative_error = 0.0
    said.level, said.slope, said.span = line.level, line.slope, case.span
    noise = _noise(line, case)
    if not _is_trend(line, towards, noise):
        return said
    reach = least(horizon, REACH * case.span)
    beyond = towards * reach - line.level
    said.evidence = clip(beyond / (_deviation(line, noise, towards, reach) + LINE_TINY), LOWEST, HIGHEST) - LOWEST
    said.seconds_left = most(line.level, 0.0) / towards
    said.relative_error = _deviation(line, noise, towards, said.seconds_left) / (towards * said.seconds_left + LINE_TINY)
    said.relative_error = least(said.relative_error, 1.0)
    return said


cdef inline double _noise(Line line, const Case *case) noexcept nogil:
    cdef double correlation = clip(case.correlation, 0.0, MOST_CORRELATION)
    return most(case.noise, line.scatter * line.scatter) * (1.0 + correlation) / (1.0 - correlation)


cdef inline bint _is_trend(Line line, double towards, double noise) noexcept nogil:
    cdef double needed
    if not (towards > 0.0 and line.weight >= 3.0):
        return False
    needed = SIGNIFICANT * (1.0 + FEW_SAMPLES / (line.weight - 2.0))
    return towards * towards * line.spread_t > needed * needed * noise


cdef inline double _deviation(Line line, double noise, double towards, double seconds) noexcept nogil:
    cdef double ahead = seconds - line.mean_t, changed = SLOPE_CHANGE * towards * seconds
    cdef double spread = line.spread_t if line.spread_t > 0.0 else 1.0
    return sqrt(CAUTION * CAUTION * noise * (1.0 / most(line.weight, LINE_TINY) + ahead * ahead / spread) + changed * changed)
