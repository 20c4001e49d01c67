"""
The numbers behind shares of requests; what is done with them in a row stands in ``shares.pxd``.
"""
from rollguard_detector.core.evidence import shares as one

ANSCOMBE = one.ANSCOMBE
LEAST_WEIGHT = one.LEAST_WEIGHT
