"""
The numbers behind the binary logarithm and the lots; what is done with them in a row stands in ``exact.pxd``.
"""
from rollguard_detector.core.evidence import bits, lots

TERMS = bits.TERMS
HALF_ROOT = bits.HALF_ROOT
SHARE = lots.SHARE
FIRST, SECOND, STEP, LOW_HALF = lots.FIRST, lots.SECOND, lots.STEP, lots.LOW_HALF
