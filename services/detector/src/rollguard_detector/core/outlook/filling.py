"""
A limit that fills up: how probable it is that it is reached within a time, and when, by steady growth or by wear.

Steady growth is the slope of the lower envelope, looked at anew when a stretch of time is over. What is not growing for sure has no
date: a probability is then low, not unknown. Before enough stretches were seen it is unknown.
"""

from math import erf, inf, sqrt
from typing import NamedTuple

import msgspec

from rollguard_detector.core.outlook.envelope import Envelope, Slope
from rollguard_detector.core.outlook.scales import clip
from rollguard_detector.core.outlook.wear import Wear, WearKept
from rollguard_schemas.slow_burns import Saturation

_STRETCHES = 96.0  # of the time ahead: the envelope's 24 look back a quarter as far as one looks ahead
_SHORTEST_SECONDS, _LONGEST_SECONDS = 30.0, 3_600.0
_DEVIATIONS_95 = 1.96  # from the middle of an interval of 95 % to its ends
_TENTH_DEVIATIONS = 1.2816
_NEVER = 0.001  # a probability is no certainty


class Filled(NamedTuple):
    """P(limit reached in time), when as quantiles in seconds (inf: never), and the growth that says so."""

    probability: float
    p10_seconds: float
    p50_seconds: float
    p90_seconds: float
    level: float
    slope_per_second: float


class FillingKept(msgspec.Struct, frozen=True, array_like=True):
    """What was seen: the lower envelope, or the wear."""

    buckets: tuple[tuple[int, float], ...]
    wear: WearKept | None


class Filling:
    """One series and one limit; ``sign`` is 1 where it lies above, -1 where below."""

    def __init__(self, limit: float, sign: float, saturation: Saturation) -> None:
        self._limit, self._sign, self._within = sign * limit, sign, saturation.within_seconds
        bucket = clip(saturation.within_seconds / _STRETCHES, _SHORTEST_SECONDS, _LONGEST_SECONDS)
        self._envelope = Envelope(bucket)
        self._slope: Slope | None = None
        self._wear = Wear(saturation.within_seconds) if saturation.growth == "accelerating" else None

    def kept(self) -> FillingKept:
        """Return all that was seen."""
        return FillingKept(self._envelope.kept(), self._wear.kept() if self._wear else None)

    def resume(self, kept: FillingKept) -> None:
        """Go on from what was seen."""
        self._envelope.resume(kept.buckets)
        self._slope = self._envelope.slope()
        if self._wear and kept.wear:
            self._wear.resume(kept.wear)

    def learn(self, at_seconds: float, elapsed_seconds: float, value: float) -> Filled | None:
        """Take a sample in and say when the limit is reached; None while that is not known."""
        level = self._sign * value
        if self._wear is not None:
            self._wear.learn(level, elapsed_seconds)
            return self._worn(self._wear, level)
        if self._envelope.learn(at_seconds, level):
            self._slope = self._envelope.slope()
        return None if self._slope is None else self._steady(self._slope, at_seconds)

    def _steady(self, slope: Slope, at_seconds: float) -> Filled:
        level = slope.level + slope.slope * (at_seconds - self._envelope.whole_until_seconds)
        if not slope.is_leak:
            return Filled(_NEVER, inf, inf, inf, self._sign * level, 0.0)
        left, error = max(0.0, self._limit - level), (slope.high - slope.low) / (2.0 * _DEVIATIONS_95)
        beyond = slope.slope * self._within - left
        probability = _normal(beyond / (error * self._within)) if error > 0.0 else float(beyond > 0.0)
        paces = (slope.slope + side * _TENTH_DEVIATIONS * error for side in (1.0, 0.0, -1.0))
        soon, middle, late = (left / pace if pace > 0.0 else inf for pace in paces)
        return Filled(clip(probability, _NEVER, 1.0 - _NEVER), soon, middle, late, self._sign * level, self._sign * slope.slope)

    def _worn(self, wear: Wear, level: float) -> Filled | None:
        if not wear.is_known:
            return None
        left = wear.seconds_to(self._limit)
        if left == inf:
            return Filled(_NEVER, inf, inf, inf, self._sign * level, 0.0)
        width = wear.relative_error * left if left > 0.0 else 0.0  # what is reached already need not grow
        probability = _normal((self._within - left) / width) if width > 0.0 else float(left < self._within)
        soon, late = (max(0.0, left + side * _TENTH_DEVIATIONS * width) for side in (-1.0, 1.0))
        pace = self._sign * wear.pace
        return Filled(clip(probability, _NEVER, 1.0 - _NEVER), soon, left, late, self._sign * level, pace)


def _normal(deviations: float) -> float:
    return 0.5 * (1.0 + erf(deviations / sqrt(2.0)))
