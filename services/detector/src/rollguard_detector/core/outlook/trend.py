"""
A straight line through the recent past, where recent means a half-life: level now, slope, scatter, and how sure the slope is.

Least squares with exponential forgetting in time, kept as moments about the present, so that irregular sampling needs no special
case and a year of samples costs no more than the last.
"""

from math import log, sqrt

import numpy as np

_LN2 = log(2.0)

TrendKept = tuple[float, ...]


class Trend:
    """Weighted moments of (age, value); values are told relative to an origin that is near them."""

    __slots__ = (
        "_half_life",
        "_last_decay",
        "_last_elapsed",
        "_t",
        "_tt",
        "_ty",
        "_y",
        "_yy",
        "level",
        "mean_t",
        "scatter",
        "slope",
        "slope_error",
        "spread_t",
        "weight",
    )

    def __init__(self, half_life_seconds: float) -> None:
        self._half_life = half_life_seconds
        self._last_elapsed = self._last_decay = -1.0
        self.begin()

    def kept(self) -> TrendKept:
        """Return the moments, and the line as it was said."""
        return tuple(getattr(self, name) for name in self.__slots__)

    def resume(self, kept: TrendKept) -> None:
        """Put back what ``kept`` took."""
        for name, value in zip(self.__slots__, kept, strict=True):
            setattr(self, name, value)

    def begin(self) -> None:
        """Forget all values."""
        self.weight = self._t = self._tt = self._y = self._ty = self._yy = 0.0
        self.level = self.slope = self.scatter = self.slope_error = self.mean_t = self.spread_t = 0.0

    def learn(self, value: float, elapsed_seconds: float) -> None:
        """Take the value that came so long after the one before, and say the line anew (slope in units a second)."""
        if elapsed_seconds != self._last_elapsed:
            self._last_elapsed = elapsed_seconds
            self._last_decay = float(np.exp(-_LN2 * elapsed_seconds / self._half_life))  # the bank's, to the last bit
        keep, step = self._last_decay, elapsed_seconds
        weight, t, ty = self.weight, self._t, self._ty
        self._tt = keep * (self._tt - step * (2.0 * t - step * weight))
        self._ty = ty = keep * (ty - step * self._y)
        self._t = t = keep * (t - step * weight)
        self.weight = weight = keep * weight + 1.0
        self._y = y = keep * self._y + value
        self._yy = yy = keep * self._yy + value * value
        self.mean_t = mean_t = t / weight
        mean_y = y / weight
        spread_t, spread_y = self._tt - t * mean_t, yy - y * mean_y
        spread_y = spread_y if spread_y > 0.0 else 0.0  # noqa: FURB136  # a call of max() would be the dearest part
        if spread_t <= 0.0:
            self.spread_t = 0.0
            self.level, self.slope, self.scatter, self.slope_error = mean_y, 0.0, sqrt(spread_y / weight), 0.0
            return
        self.spread_t = spread_t
        slope = (ty - t * mean_y) / spread_t
        rest = spread_y - slope * slope * spread_t
        rest = rest / (weight - 2.0 if weight > 2.5 else 0.5) if rest > 0.0 else 0.0
        self.slope, self.level = slope, mean_y - slope * mean_t
        self.scatter = sqrt(rest)
        self.slope_error = sqrt(rest / spread_t)
