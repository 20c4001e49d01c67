# What was usual of a series: ``core/banks/outlooks/usual``, a row at a time.

cdef enum:
    SLOTS = 8

if SLOTS != gauge.SLOTS:
    raise ImportError("the ring has other slots than its loop")

cdef int FIRST_SAMPLES = gauge.FIRST_SAMPLES


cdef inline double usual_learn(Usual *usual, Py_ssize_t row, const Sample *now, int samples) noexcept nogil:
    """Take a sample in; return the oldest median of the ring."""
    cdef Moments *moments = &usual.moments[row]
    cdef float *slots = &usual.slots[row * SLOTS]
    cdef double weight = most(1.0 / samples, least(0.05, now.elapsed / (24.0 * now.horizon)))
    _moments_learn(moments, now, samples, weight)
    moments.slot_age += now.elapsed
    if usual.slot_count[row] == 0 or moments.slot_age >= now.horizon / SLOTS:
        _slot_close(slots, &usual.slot_count[row], &usual.closest[row], moments, now.median, most(weight, 0.01))
    usual.breached[row] |= now.breached
    return slots[SLOTS - usual.slot_count[row]]


cdef inline void _moments_learn(Moments *moments, const Sample *now, int samples, double weight) noexcept nogil:
    cdef double distance = now.gap - moments.mean
    moments.elapsed_all += now.elapsed
    if samples <= FIRST_SAMPLES:
        moments.base += (now.median - moments.base) / samples
    moments.mean += weight * distance
    moments.variance = (1.0 - weight) * (moments.variance + weight * distance * distance)
    moments.step_variance += weight * (now.step * now.step - moments.step_variance)


cdef inline void _slot_close(
    float *slots, signed char *count, double *closest, Moments *moments, double median, double weight
) noexcept nogil:
    cdef double gone = slots[0], oldest, moved
    memmove(slots, slots + 1, (SLOTS - 1) * sizeof(float))
    slots[SLOTS - 1] = <float>median
    moments.slot_age = 0.0
    if count[0] < SLOTS:
        count[0] += 1
        return
    oldest = slots[0]
    moved = median - oldest
    moments.slot_variance += weight * (moved * moved - moments.slot_variance)
    moments.slot_product += weight * ((median - moments.mean) * (oldest - moments.mean) - moments.slot_product)
    closest[0] = least(closest[0], gone)
