"""
When will a limit be full? Tokens, disk, quota, memory: what is used up steadily has a date, and no probability is needed to say it.
"""

from math import inf
from typing import NamedTuple

from rollguard_detector.core.outlook.envelope import Slope


class TimeToFull(NamedTuple):
    """Seconds until the limit is reached: soonest and latest by the slope's interval, and by the slope itself; inf is never."""

    soonest: float
    expected: float
    latest: float


def time_to_full(slope: Slope, limit: float) -> TimeToFull:
    """Return when a series that rises by this slope reaches the limit; a rise that may be chance fills nothing."""
    if not slope.is_leak:
        return TimeToFull(inf, inf, inf)
    left = max(0.0, limit - slope.level)
    return TimeToFull(left / slope.high, left / slope.slope, left / slope.low)
