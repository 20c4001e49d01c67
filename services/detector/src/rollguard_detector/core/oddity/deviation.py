"""
How many deviations does a value lie from the level of its series?

The level and the scale are plain means while the series is young and forget slowly later. Everything is learned from, also what
looks odd: a reference that leaves the odd out calls more and more things odd. Who knows a half-life tells the share that the level
takes of a sample; the scale goes by samples all the same, since a handful of them cannot say how far off a value usually is.
"""

from math import sqrt

LEAST_SAMPLES = 12  # a deviation estimated from fewer is so uncertain that a usual value lies many of them away
SHARE = 0.003  # of a sample in what is usual, once the series is old


class Deviation:
    """Mean and variance that forget exponentially, with the plain mean's weight at first."""

    __slots__ = ("_mean", "_samples", "_share", "_variance")

    def __init__(self, share: float = SHARE) -> None:
        self._share = share
        self._mean = 0.0
        self._variance = 0.0
        self._samples = 0

    def expected(self) -> tuple[float, float] | None:
        """Return the level and the standard deviation before the next value; None while too little is known."""
        known = self._samples >= LEAST_SAMPLES and self._variance > 0.0
        return (self._mean, sqrt(self._variance)) if known else None

    def score_then_learn(self, value: float, level_share: float | None = None) -> float:
        """Return the distance from the mean in standard deviations (0 while too little is known), then learn the value."""
        self._samples += 1
        distance = value - self._mean
        variance = self._variance
        known = self._samples > LEAST_SAMPLES and variance > 0.0
        score = abs(distance) / sqrt(variance) if known else 0.0
        weight = max(self._share, 1.0 / self._samples)
        self._mean += (weight if level_share is None else max(level_share, 1.0 / self._samples)) * distance
        self._variance = (1.0 - weight) * (variance + weight * distance * distance)
        return score
