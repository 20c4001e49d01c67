"""
The numbers behind half-lives that were told; what is done with them in a row stands in ``half_lives.pxd``.
"""
from rollguard_detector.core import half_lives as one

BY_STEPS = one.BY_STEPS
LOG_TWO = one.LOG_TWO
MOST_LIFE = one.MOST_LIFE
