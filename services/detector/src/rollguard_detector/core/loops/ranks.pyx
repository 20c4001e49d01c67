"""
The numbers behind conformal tails; what is done with them in a row stands in ``ranks.pxd``.
"""
from rollguard_detector.core.evidence import ranks as one

if one.BINS != BINS:
    raise ImportError("there are more or fewer bins than the loop has")
EDGES = one.EDGES
FINE, COARSER = one.FINE, one.COARSER
LEAST_PROBABILITY = one.LEAST_PROBABILITY
HALVED_AT = one.HALVED_AT
LEAST_RANKED = one.LEAST_RANKED
