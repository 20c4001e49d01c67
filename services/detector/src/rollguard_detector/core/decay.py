"""
Forgetting by time: what share of an estimate one sample replaces, and a robust level and scale built on it.

Half-lives are in seconds, so that irregular sampling needs no special case. Every sample is learned from, but clipped (Huber): a
model that skips what it finds odd censors its own reference, and its false-alarm rate grows a hundredfold.
"""

import math

_CLIP = 4.0
_UNCLIPPED_SAMPLES = 10
_MAX_SHARE = 0.02  # a series sampled every minute still needs dozens of samples to adopt a new level
_LEVEL_HALF_LIFE_SECONDS = 60.0
_SCALE_HALF_LIFE_SECONDS = 300.0
_LEAST_RELATIVE_SCALE = 1e-3  # a constant series has no noise; a thousandth of its level is no news
_LARGEST = 50.0


def share(elapsed_seconds: float, half_life_seconds: float, samples: int) -> float:
    """Return the weight of a new sample: the plain mean's while there are few, then what the half-life says."""
    return max(-math.expm1(-math.log(2.0) * elapsed_seconds / half_life_seconds), 1.0 / (samples + 1))


def clip(value: float, limit: float) -> float:
    """Return the value, or the limit that it lies beyond."""
    return max(-limit, min(limit, value))


class RobustLevel:
    """
    Where a series lies and how far it scatters, as exponentially weighted mean and variance of Huber-clipped residuals.

    With regular sampling and nothing to clip it is river's ``EWMean``; the tests hold it to that.
    """

    __slots__ = ("mean", "samples", "seen_at", "variance")

    def __init__(self) -> None:
        self.mean = 0.0
        self.variance = 0.0
        self.samples = 0
        self.seen_at = -math.inf

    @property
    def scale(self) -> float:
        """The standard deviation, never so small that rounding would look like news."""
        return max(math.sqrt(self.variance), _LEAST_RELATIVE_SCALE * abs(self.mean))

    def standardise(self, value: float) -> float:
        """Return how many deviations the value lies from the level, at most 50."""
        distance, scale = value - self.mean, self.scale
        if scale == 0.0:
            return math.copysign(_LARGEST, distance) if distance else 0.0
        return clip(distance / scale, _LARGEST)

    def learn(self, value: float, at_seconds: float) -> None:
        """Take one sample in; one older than the last moves nothing."""
        if self.samples == 0:
            self.mean, self.samples, self.seen_at = value, 1, at_seconds
            return
        elapsed = max(0.0, at_seconds - self.seen_at)
        distance = value - self.mean
        if self.samples >= _UNCLIPPED_SAMPLES:
            distance = clip(distance, _CLIP * self.scale) if self.scale else distance
        self.mean += self._share(elapsed, _LEVEL_HALF_LIFE_SECONDS) * distance
        self.variance += self._share(elapsed, _SCALE_HALF_LIFE_SECONDS) * (distance * distance - self.variance)
        self.samples += 1
        self.seen_at = max(self.seen_at, at_seconds)

    def move_to(self, mean: float, variance: float) -> None:
        """Take another level: one that was adopted, or the one from before an incident."""
        self.mean, self.variance = mean, variance

    def _share(self, elapsed_seconds: float, half_life_seconds: float) -> float:
        few = 1.0 / (self.samples + 1)
        return max(few, min(_MAX_SHARE, share(elapsed_seconds, half_life_seconds, self.samples)))
