# The last gaps, whose median tells a breach from a wild sample: a part of ``core/banks/outlooks/gauge``, a row at a time.

cdef enum:
    RECENT = 5

if RECENT != gauge.RECENT:
    raise ImportError("the last gaps are others than those of their loop")

cdef double MOST = gauge.MOST


cdef inline void recent_learn(float *recent, int samples, Sample *now) noexcept nogil:
    """Take a gap in; tell the median and the last step."""
    memmove(recent, recent + 1, (RECENT - 1) * sizeof(float))
    recent[RECENT - 1] = <float>now.gap
    now.median = _median_of_young(recent, samples) if samples < RECENT else _median(recent)
    now.step = <double>recent[RECENT - 1] - <double>recent[RECENT - 2] if samples > 1 else 0.0


cdef inline double _median(const float *of) noexcept nogil:
    cdef double low = most(least(of[0], of[1]), least(of[2], of[3])), high = least(most(of[0], of[1]), most(of[2], of[3]))
    return most(least(low, high), least(most(low, high), of[4]))


cdef inline double _median_of_young(const float *recent, int samples) noexcept nogil:
    """Return the one in the middle of those that came, the upper one of two."""
    cdef float known[RECENT]
    cdef int place, at
    known[0] = recent[RECENT - 1]
    for place in range(samples):
        at = place
        while at > 0 and known[at - 1] > recent[RECENT - samples + place]:
            known[at] = known[at - 1]
            at -= 1
        known[at] = recent[RECENT - samples + place]
    return known[samples // 2 if samples > 0 else 0]
