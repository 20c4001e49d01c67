# What each pass does with one row, in their order: enter, learn, combine, remember, answer.

cdef Py_ssize_t OWN = forecast.OWN
cdef int KNOWN_SAMPLES = forecast.KNOWN_SAMPLES
cdef double HALF_LIVES[TRENDS]
for number, half_life in enumerate(gauge.HALF_LIVES):
    HALF_LIVES[number] = half_life

cdef struct Passing:  # what a pass tells the next ones of a row
    Sample now
    Py_ssize_t row
    Ahead line
    double views[VIEWS]
    double log_odds[HORIZONS]
    double inputs[TOLD - 1]
    double quantiles[SHARES]


cdef inline void _enter(const Columns *of, Passing *passing, Py_ssize_t row, double at, double value) noexcept nogil:
    cdef double before = of.at[row]
    cdef Sample *now = &passing.now
    passing.row = row
    now.at, now.horizon = most(before, at), of.horizon[row]
    now.elapsed = now.at - (now.at if before == -INFINITY else before)
    now.gap = clip(of.sign[row] * (of.bound[row] - value), -MOST, MOST)
    of.at[row] = now.at


cdef inline void _begin_powers(const Sample *now, double *powers) noexcept nogil:
    cdef int number
    for number in range(TRENDS):
        powers[number] = kept_power(now.elapsed, HALF_LIVES[number] * now.horizon)
    powers[TRENDS] = kept_power(now.elapsed, HALF_LIFE * now.horizon)


cdef inline void _learn(Columns *of, Passing *passing, const double *keeps, double *terms) noexcept nogil:
    """Let all parts of the gauge take the gap in, and begin the views."""
    cdef Py_ssize_t row = passing.row
    cdef Sample *now = &passing.now
    cdef double *moments = &of.trends[row * MOMENTS * TRENDS]
    cdef Gauged seen
    cdef int number
    of.samples[row] += 1
    recent_learn(&of.recent[row * RECENT], of.samples[row], now)
    now.breached = now.median <= 0.0
    for number in range(TRENDS):
        line_learn(moments + number, TRENDS, now.gap, now.elapsed, keeps[number])
        seen.trends[number] = line_fitted(moments + number, TRENDS)
    passing.line = straight_learn(&of.line_moments[row * MOMENTS], &of.case[row], &of.line_samples[row], now, keeps[TRENDS])
    seen.oldest = usual_learn(&of.usual, row, now, of.samples[row])
    seen.now, seen.line, seen.usual = now, &passing.line, &of.usual.moments[row]
    seen.closest, seen.breached = of.usual.closest[row], of.usual.breached[row]
    views_begin(&seen, passing.views, terms)


cdef inline void _combine(Columns *of, Passing *passing, const double *logs, double *powers) noexcept nogil:
    """Ask the network and the pool, once what has matured is settled, and say what is to be raised for probabilities or times."""
    cdef Py_ssize_t row = passing.row, pool = of.pool[row]
    cdef double *odds = passing.log_odds
    cdef double *inputs = passing.inputs
    cdef double said
    cdef int number
    views_end(passing.views, logs)
    network(passing.views, odds)
    matured_learn(&of.matured, &of.pools, row, pool, &passing.now)
    inputs[0], inputs[1] = odds[OWN], (odds[OWN] + odds[OWN + 1] + odds[OWN + 2]) / 3.0
    inputs[2] = clip(passing.line.evidence + LOWEST, 0.0, 1.0)
    said = stacked(&of.pools, pool, inputs, of.matured.shift[row])
    powers[HORIZONS] = sigmoid_power(said)
    for number in range(HORIZONS):
        powers[number] = sigmoid_power(odds[number] + (said - odds[OWN]))
    if is_by_line(&passing.line):
        powers[0] = TENTH_DEVIATIONS * passing.line.relative_error


cdef inline double _remember(Columns *of, Passing *passing, const double *powers) noexcept nogil:
    """Keep the forecast, and begin the times; return of what their logarithm is to be taken."""
    cdef double likely_by[HORIZONS]
    cdef int number
    if passing.now.breached:
        memset(passing.quantiles, 0, SHARES * sizeof(double))
        return 1.0
    remember(&of.matured, passing.row, &passing.now, passing.inputs, probability(powers[HORIZONS]))
    if is_by_line(&passing.line):
        times_by_line(&passing.line, powers[0], passing.quantiles)
        return 1.0
    for number in range(HORIZONS):
        likely_by[number] = probability(powers[number])
    return 1.0 - quantiles_begin(likely_by, passing.quantiles)


cdef inline void _answer(
    const Columns *of, Passing *passing, double power, double spared, Answers *answers, Py_ssize_t place
) noexcept nogil:
    cdef Py_ssize_t row = passing.row, count = answers.count
    cdef int number
    if not (passing.now.breached or is_by_line(&passing.line)):
        quantiles_end(passing.quantiles, spared, passing.now.horizon)
    answers.told[place] = 1.0 if passing.now.breached else probability(power)
    for number in range(SHARES):
        answers.told[(1 + number) * count + place] = passing.quantiles[number]
    answers.told[4 * count + place] = of.bound[row] - of.sign[row] * passing.line.level
    answers.told[5 * count + place] = -of.sign[row] * passing.line.slope
    answers.flags[place] = passing.line.evidence > 0.0
    answers.flags[count + place] = of.samples[row] >= KNOWN_SAMPLES
