"""
The slope of a leak, from below: what memory never gives back shows in the least value of each stretch, whatever the garbage above.

The least of each bucket of time is kept, and Theil and Sen's slope is the median of the slopes between all pairs (Sen 1968): a
third of the buckets may lie. Whether there is a trend at all is Mann and Kendall's question (Kendall 1975). A fall that gives back
most of what was gathered is a restart, and the envelope begins anew; else one restart would hide a leak for as long as they last.
"""

from collections import deque
from collections.abc import Iterable
from itertools import combinations, pairwise
from math import floor, sqrt
from typing import NamedTuple

BUCKETS = 24
LEAST_BUCKETS = 6
RESTART_SHARE = 0.5  # of the rise since the base that a restart gives back at once
SURE_DEVIATIONS = 2.0
_Z = 1.96  # of a normal distribution: 95 % of it


class Slope(NamedTuple):
    """A slope a second with its interval of 95 %, the level now, and Mann and Kendall's statistic in deviations."""

    level: float
    slope: float
    low: float
    high: float
    deviations: float

    @property
    def is_leak(self) -> bool:
        """Whether chance hardly ever makes such a rise."""
        return self.deviations >= SURE_DEVIATIONS and self.low > 0.0


class Envelope:
    """The least values of the last buckets of one series that leaks upward (negate one that sinks)."""

    def __init__(self, bucket_seconds: float, buckets: int = BUCKETS) -> None:
        self._bucket_seconds = bucket_seconds
        self._least: deque[tuple[int, float]] = deque(maxlen=buckets)

    @property
    def whole_until_seconds(self) -> float:
        """When the last whole bucket began, which is the instant that a slope's level is of."""
        return self._least[-2][0] * self._bucket_seconds

    def kept(self) -> tuple[tuple[int, float], ...]:
        """Return the buckets with their least values."""
        return tuple(self._least)

    def resume(self, kept: Iterable[tuple[int, float]]) -> None:
        """Put back what ``kept`` took."""
        self._least.clear()
        self._least.extend(kept)

    def learn(self, at_seconds: float, value: float) -> bool:
        """
        Take a sample in; one of an earlier bucket than the last counts for the last.

        Return whether whole buckets became other ones, so that a slope has to be asked for anew.
        """
        bucket, least = floor(at_seconds / self._bucket_seconds), self._least
        is_restart = self._is_restart(value)
        if is_restart:
            least.clear()
        if least and bucket <= least[-1][0]:
            least[-1] = (least[-1][0], min(least[-1][1], value))
            return False
        least.append((bucket, value))
        return True

    def _is_restart(self, value: float) -> bool:
        if len(self._least) < LEAST_BUCKETS:
            return False
        lows = [low for _, low in self._least]
        base, latest = min(lows), lows[-1]
        spread = sum(abs(after - before) for before, after in pairwise(lows)) / (len(lows) - 1)
        return latest - value > max(RESTART_SHARE * (latest - base), 4.0 * spread)

    def slope(self) -> Slope | None:
        """Return the slope of the whole buckets (the last is still open); None while they are too few."""
        whole = list(self._least)[:-1]
        count = len(whole)
        if count < LEAST_BUCKETS:
            return None
        pairs = [(after - before, high - low) for (before, low), (after, high) in combinations(whole, 2)]
        slopes = sorted(rise / (run * self._bucket_seconds) for run, rise in pairs)
        score = sum((rise > 0.0) - (rise < 0.0) for _, rise in pairs)
        deviation = sqrt(count * (count - 1) * (2 * count + 5) / 18.0)
        middle, half = slopes[len(slopes) // 2], _Z * deviation / 2.0
        low, high = (slopes[min(max(round(len(slopes) / 2.0 + side), 0), len(slopes) - 1)] for side in (-half, half))
        levels = sorted(value + middle * (whole[-1][0] - bucket) * self._bucket_seconds for bucket, value in whole)
        return Slope(levels[count // 2], middle, low, high, (score - (score > 0) + (score < 0)) / deviation)
