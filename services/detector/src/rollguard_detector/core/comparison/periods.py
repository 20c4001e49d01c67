"""
How much a mean differs from period to period although nothing changes: what a control of another hour has to be allowed.

Windows that follow one another tell how a metric scatters, not how far this hour lies from that. So the control's own windows from
before the rollout are put into periods; the standard deviation of their means, times the quantile of Student's distribution with
as many degrees of freedom, bounds one period against another (a prediction of one draw by others). With too few periods nobody
knows, and a mean may not act.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev

PERIOD_WINDOWS = 4
LEAST_PERIODS = 4


def difference_allowed(means: Sequence[float], alpha: float) -> float | None:
    """
    Return how much higher, in its own unit, a mean may be in one period than in another, but for a probability alpha.

    ``means`` are the control's windows in order of time. None where there are too few.
    """
    whole = len(means) // PERIOD_WINDOWS * PERIOD_WINDOWS
    periods = [fmean(means[begin : begin + PERIOD_WINDOWS]) for begin in range(0, whole, PERIOD_WINDOWS)]
    if len(periods) < LEAST_PERIODS:
        return None
    return _student(alpha, len(periods) - 1) * sqrt(2.0) * stdev(periods)


def _student(alpha: float, freedom: int) -> float:
    """Return the quantile at 1 - alpha by its expansion from the normal one (Abramowitz and Stegun 26.7.5)."""
    z = NormalDist().inv_cdf(1.0 - alpha)
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    fourth = (79.0 * z**9 + 776.0 * z**7 + 1482.0 * z**5 - 1920.0 * z**3 - 945.0 * z) / 92_160.0
    return z + first / freedom + second / freedom**2 + third / freedom**3 + fourth / freedom**4
