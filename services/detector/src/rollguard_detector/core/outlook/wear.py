"""
Run to failure: wear feeds on itself, so the way from the healthy level grows by a share of itself, and its logarithm in a line.

A straight line through wear calls the end too late, always. The departure from the base is taken as exp(a + b t) where it exceeds
what noise makes of it; a departure that noise makes says nothing.
"""

from math import inf, log

from rollguard_detector.core.outlook.trend import Trend

BASE_SAMPLES = 20
LEAST_DEVIATIONS = 3.0  # of the base's own noise
SURE = 4.0  # deviations that the growth rate must differ from nought by


class Wear:
    """One series that wears upward (negate one that sinks)."""

    def __init__(self, half_life_seconds: float) -> None:
        self._base: list[float] = []
        self._growth = Trend(half_life_seconds)
        self._since = 0.0  # seconds since a departure was last learned
        self._level = self._noise = 0.0

    def learn(self, value: float, elapsed_seconds: float) -> None:
        """Take a sample in; the first ones are the healthy base."""
        if len(self._base) < BASE_SAMPLES:
            self._base.append(value)
            ordered = sorted(self._base)
            self._level = ordered[len(ordered) // 2]
            self._noise = sorted(abs(one - self._level) for one in ordered)[len(ordered) // 2] * 1.4826
            return
        self._since += elapsed_seconds
        departure = value - self._level
        if departure > LEAST_DEVIATIONS * self._noise and departure > 0.0:
            self._growth.learn(log(departure), self._since)
            self._since = 0.0

    def seconds_to(self, bound: float) -> float:
        """Return when the wear reaches the bound; inf where it does not grow for sure."""
        growth, away = self._growth, bound - self._level
        if away <= 0.0:
            return 0.0
        if growth.slope <= SURE * growth.slope_error or growth.slope <= 0.0:
            return inf
        return max(0.0, (log(away) - growth.level) / growth.slope - self._since)
