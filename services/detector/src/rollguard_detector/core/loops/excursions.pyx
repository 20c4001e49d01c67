"""
The numbers behind evidence and its excursions; what is done with them in a row stands in ``excursions.pxd``.
"""
from rollguard_detector.core.evidence import excursions as one

if one.DIRECTIONS != DIRECTIONS:
    raise ImportError("there are more or fewer directions than the loop has")
MOST_BITS, EBB_BITS = one.MOST_BITS, one.EBB_BITS
THRESHOLD_BITS = one.THRESHOLD_BITS
PRIOR_PEAKS, PRIOR_BITS = one.PRIOR_PEAKS, one.PRIOR_BITS
MOST_LARGEST_BITS = one.MOST_LARGEST_BITS
REMEMBERED_SAMPLES, FADING = one.REMEMBERED_SAMPLES, one.FADING
CALM_SAMPLES = one.CALM_SAMPLES
