"""
The network for a single sample: ``core/outlook/network.network``, which pays for a dozen calls of numpy more than for its products.
"""
from libc.math cimport fabs

from rollguard_detector.core.outlook import network as layers

cdef enum:
    VIEWS = 26
    HIDDEN = 24
    HORIZONS = 5
    SUMS = 29

if layers.FIRST.shape != (VIEWS, SUMS) or layers.LAST.shape != (HIDDEN, HORIZONS):
    raise ImportError("the network has other layers than its loop")

cdef double FIRST[VIEWS][SUMS]
cdef double LAST[HIDDEN][HORIZONS]
cdef double BIAS[SUMS]
cdef double LOW[VIEWS]
cdef double HIGH[VIEWS]


cdef void _read_layers() except *:
    for total in range(SUMS):
        BIAS[total] = layers.BIAS[total]
    for view in range(VIEWS):
        LOW[view], HIGH[view] = layers.LOW[view], layers.HIGH[view]
        for total in range(SUMS):
            FIRST[view][total] = layers.FIRST[view, total]
    for unit in range(HIDDEN):
        for horizon in range(HORIZONS):
            LAST[unit][horizon] = layers.LAST[unit, horizon]


_read_layers()


def network(list views not None):
    cdef double sums[SUMS]
    cdef double odds[HORIZONS]
    cdef double told
    cdef int view, total
    if len(views) != VIEWS:
        raise ValueError(f"{len(views)} views, the network takes {VIEWS}")
    for total in range(SUMS):
        sums[total] = 0.0
    for view in range(VIEWS):
        told = views[view]
        told = LOW[view] if told < LOW[view] else HIGH[view] if told > HIGH[view] else told
        for total in range(SUMS):
            sums[total] += FIRST[view][total] * told
    for total in range(SUMS):
        sums[total] += BIAS[total]
    _odds(sums, odds)
    return [odds[0], odds[1], odds[2], odds[3], odds[4]]


cdef inline void _odds(double *sums, double *odds) noexcept nogil:
    cdef double bent
    cdef int unit, horizon
    for horizon in range(HORIZONS):
        odds[horizon] = 0.0
    for unit in range(HIDDEN):
        bent = sums[unit] / (1.0 + fabs(sums[unit]))
        for horizon in range(HORIZONS):
            odds[horizon] += LAST[unit][horizon] * bent
    for horizon in range(HORIZONS):
        odds[horizon] += sums[HIDDEN + horizon]
