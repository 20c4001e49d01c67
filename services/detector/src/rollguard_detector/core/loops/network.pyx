"""
The network for a single sample: ``core/outlook/network.network``, which pays for a dozen calls of numpy more than for its products.

Its layers and its sums are those of the forecaster in bulk, compiled into this loop as well.
"""
from libc.math cimport fabs
from libc.string cimport memset

from rollguard_detector.core.loops.extremes cimport least, most

from rollguard_detector.core.outlook import network as layers

cdef enum:
    VIEWS = 26

include "outlooks/network.pxi"


def log_odds_of(list views not None):
    cdef double told[VIEWS]
    cdef double log_odds[HORIZONS]
    cdef int view
    if len(views) != VIEWS:
        raise ValueError(f"{len(views)} views, the network takes {VIEWS}")
    for view in range(VIEWS):
        told[view] = views[view]
    network(told, log_odds)
    return [log_odds[0], log_odds[1], log_odds[2], log_odds[3], log_odds[4]]
