# The pending forecasts and what their pool gathers of them: ``core/banks/outlooks/matured`` and ``pools``, a row at a time.

cdef enum:
    A_HORIZON = 3
    TOLD = 4  # the inputs and the probability
    DECILES = 10

if (A_HORIZON, TOLD, DECILES) != (matured.A_HORIZON, len(STACK), reliability.DECILES):
    raise ImportError("the pending forecasts are others than those of their loop")

cdef double STEP = matured.STEP, MOST_SHIFT = matured.MOST_SHIFT, WARNING = reliability.WARNING
cdef double GRAIN = pool.GRAIN, GRAIN_OF_SQUARES = reliability.GRAIN
cdef double UNITS[TOLD]
cdef double START[TOLD]
for number in range(TOLD):
    UNITS[number], START[number] = pool.UNITS[number], STACK[number]


cdef inline void matured_learn(Matured *matured, Pools *pools, Py_ssize_t row, Py_ssize_t pool, const Sample *now) noexcept nogil:
    """Settle what has matured by now."""
    cdef double *at = &matured.at[row * A_HORIZON]
    if now.elapsed >= now.horizon:
        matured.count[row] = 0
        return
    if now.breached and matured.count[row] > 0:
        _warn(matured, pools, row, pool, now.at)
    while matured.count[row] > 0 and (now.breached or now.at - at[0] >= now.horizon):
        _settle_first(matured, pools, row, pool, now.breached)


cdef inline void _warn(const Matured *matured, Pools *pools, Py_ssize_t row, Py_ssize_t pool, double at) noexcept nogil:
    """Count a breach, and how long before it the first warning was."""
    cdef int number
    pools.breaches[pool] += 1
    for number in range(matured.count[row]):
        if matured.told[(row * A_HORIZON + number) * TOLD + TOLD - 1] >= WARNING:
            pools.warned[pool] += 1
            pools.lead_milliseconds[pool] += <long long>rint(1000.0 * (at - matured.at[row * A_HORIZON + number]))
            return


cdef inline void _settle_first(Matured *matured, Pools *pools, Py_ssize_t row, Py_ssize_t pool, bint came) noexcept nogil:
    cdef double *at = &matured.at[row * A_HORIZON]
    cdef float *told = &matured.told[row * A_HORIZON * TOLD]
    cdef double error = came - <double>told[TOLD - 1]
    matured.shift[row] = clip(matured.shift[row] + STEP * error, -MOST_SHIFT, MOST_SHIFT)
    _gather(pools, pool, told, error, came)
    memmove(at, at + 1, (A_HORIZON - 1) * sizeof(double))
    memmove(told, told + TOLD, (A_HORIZON - 1) * TOLD * sizeof(float))
    matured.count[row] -= 1


cdef inline void _gather(Pools *pools, Py_ssize_t pool, const float *told, double error, bint came) noexcept nogil:
    cdef double tenths = <double>told[TOLD - 1] * DECILES
    cdef Py_ssize_t decile = <Py_ssize_t>tenths if 0.0 <= tenths < DECILES else (DECILES - 1 if tenths >= DECILES else 0)
    cdef int number
    for number in range(TOLD):
        pools.gathered[pool * TOLD + number] += <long long>rint(
            error * ((<double>told[number] if number < TOLD - 1 else 1.0) / UNITS[number]) * GRAIN
        )
    pools.matured[pool] += 1
    pools.said[pool * DECILES + decile] += 1
    pools.came[pool * DECILES + decile] += came
    pools.squares[pool] += <long long>rint(error * error * GRAIN_OF_SQUARES)


cdef inline void remember(Matured *matured, Py_ssize_t row, const Sample *now, const double *inputs, double said) noexcept nogil:
    """Keep a forecast if the last one that was kept is old enough."""
    cdef Py_ssize_t count = matured.count[row], at = row * A_HORIZON + count
    cdef int number
    if count == A_HORIZON or (count > 0 and not now.at - matured.at[at - 1] >= now.horizon / A_HORIZON):
        return
    matured.at[at] = now.at
    for number in range(TOLD - 1):
        matured.told[at * TOLD + number] = <float>inputs[number]
    matured.told[at * TOLD + TOLD - 1] = <float>said
    matured.count[row] += 1


cdef inline double stacked(const Pools *pools, Py_ssize_t pool, const double *inputs, double shift) noexcept nogil:
    """Return the log odds that the pool and the row's own outcomes make of the inputs."""
    cdef double weights[TOLD]
    cdef int number
    for number in range(TOLD):
        weights[number] = START[number] + pools.moved[pool * TOLD + number] / UNITS[number]
    return weights[0] * inputs[0] + weights[1] * inputs[1] + weights[2] * inputs[2] + weights[3] + shift
