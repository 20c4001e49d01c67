"""
The numbers behind what is expected of a series; what is done with them in a row stands in ``expectation.pxd``.
"""
from rollguard_detector.core.evidence import expectation as one
from rollguard_detector.core.evidence.day import LEAST_DAYS as DAYS_OF_A_SEASON

if (one.STEADY, one.QUICK, one.DAILY) != (STEADY, QUICK, DAILY):
    raise ImportError("the levels stand in another order than the loop has them")
STEPS, QUICKER, HANDICAPS = one.STEPS, one.QUICKER, one.HANDICAPS
DAMPING, TREND_SHARE = one.DAMPING, one.TREND_SHARE
MOST_STEPS = one.MOST_STEPS
LEAST_GAP = one.LEAST_GAP
STEP_WEIGHT, LEAST_STEP_SECONDS = one.STEP_WEIGHT, one.LEAST_STEP_SECONDS
UNKNOWN_SCALE = one.UNKNOWN_SCALE
LEAST_DAYS = DAYS_OF_A_SEASON
