"""
Run to failure: wear feeds on itself, so the way from the healthy level grows by a share of itself, and its logarithm in a line.

A straight line through wear calls the end too late, always. The departure from the base is taken as exp(a + b t) where it exceeds
what noise makes of it; a departure that noise makes says nothing.
"""

from math import exp, inf, log

import msgspec

from rollguard_detector.core.outlook.trend import Trend, TrendKept

BASE_SAMPLES = 20
LEAST_DEVIATIONS = 3.0  # of the base's own noise
SURE = 4.0  # deviations that the growth rate must differ from nought by


class WearKept(msgspec.Struct, frozen=True, array_like=True):
    """All that a wear knows."""

    base: tuple[float, ...]
    growth: TrendKept
    since: float
    level: float
    noise: float


class Wear:
    """One series that wears upward (negate one that sinks)."""

    def __init__(self, half_life_seconds: float) -> None:
        self._base: list[float] = []
        self._growth = Trend(half_life_seconds)
        self._since = 0.0  # seconds since a departure was last learned
        self._level = self._noise = 0.0

    @property
    def is_known(self) -> bool:
        """Whether the healthy base was seen."""
        return len(self._base) == BASE_SAMPLES

    @property
    def relative_error(self) -> float:
        """One deviation of the time that is left, as a share of it; only where it grows."""
        return self._growth.slope_error / self._growth.slope

    @property
    def pace(self) -> float:
        """How fast the value itself grows now, a second."""
        return self._growth.slope * exp(self._growth.level)

    def kept(self) -> WearKept:
        """Return all that is known."""
        return WearKept(tuple(self._base), self._growth.kept(), self._since, self._level, self._noise)

    def resume(self, kept: WearKept) -> None:
        """Put back what ``kept`` took."""
        self._base = list(kept.base)
        self._growth.resume(kept.growth)
        self._since, self._level, self._noise = kept.since, kept.level, kept.noise

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
