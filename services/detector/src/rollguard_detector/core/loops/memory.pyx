"""
The numbers behind what levels leave of a series; what is done with them in a row stands in ``memory.pxd``.
"""
from rollguard_detector.core.evidence import memory as one

CLIP = one.CLIP
UNBOUNDED_SAMPLES = one.UNBOUNDED_SAMPLES
LEAST_WEIGHT = one.LEAST_WEIGHT
LEAST_CORRELATION, MOST_CORRELATION = one.LEAST_CORRELATION, one.MOST_CORRELATION
