"""
A straight line through the recent samples: least squares with weights that halve every so many seconds.

Sums are kept relative to the last sample's time and to the first sample's value, so that neither Unix times of 1e9 s nor memory in
bytes cost the digits that the slope is made of. Variances are those of weighted least squares with independent noise of equal
size (the sandwich of the weights and their squares), not the smaller ones that take the weights for precisions.
"""

import math

import msgspec


class Fit(msgspec.Struct, frozen=True):
    """The line at the last sample's time; the variances are per unit of noise variance."""

    level: float
    slope: float
    level_variance: float
    covariance: float
    slope_variance: float
    samples: float
    residual_variance: float

    def level_after(self, seconds: float) -> float:
        """Return the line's value so long after the last sample."""
        return self.level + self.slope * seconds

    def variance_after(self, seconds: float) -> float:
        """Return the variance of that value, per unit of noise variance."""
        return max(0.0, self.level_variance + seconds * (2.0 * self.covariance + seconds * self.slope_variance))


class Line:
    """The weighted sums."""

    __slots__ = ("_half_life", "_origin", "_q", "_w", "_y", "_yy", "seen_at", "span_seconds")

    def __init__(self, half_life_seconds: float) -> None:
        self._half_life = half_life_seconds
        self._origin = 0.0
        self._w = (0.0, 0.0, 0.0)  # sums of weight, weight * time, weight * time^2
        self._q = (0.0, 0.0, 0.0)  # the same of squared weights
        self._y = (0.0, 0.0)  # sums of weight * value, weight * time * value
        self._yy = 0.0
        self.span_seconds = 0.0
        self.seen_at = 0.0

    def add(self, value: float, at_seconds: float) -> None:
        """Take a sample in; time does not go back."""
        if self._w[0] == 0.0:
            self._origin, self.seen_at = value, at_seconds
        elapsed = at_seconds - self.seen_at
        self._age(elapsed)
        y = value - self._origin
        self._w = (self._w[0] + 1.0, self._w[1], self._w[2])
        self._q = (self._q[0] + 1.0, self._q[1], self._q[2])
        self._y = (self._y[0] + y, self._y[1])
        self._yy += y * y
        self.span_seconds += elapsed
        self.seen_at = at_seconds

    def _age(self, elapsed: float) -> None:
        keep = math.exp2(-elapsed / self._half_life)
        self._w = _shifted(self._w, elapsed, keep)
        self._q = _shifted(self._q, elapsed, keep * keep)
        self._y = (keep * self._y[0], keep * (self._y[1] - elapsed * self._y[0]))
        self._yy *= keep

    def fit(self) -> Fit | None:
        """Return the line, or None while there are too few instants for one."""
        w, wt, wtt = self._w
        spread = w * wtt - wt * wt
        samples = w * w / self._q[0] if self._q[0] else 0.0
        if samples < 3.0 or spread <= 1e-12 * w * wtt:
            return None
        slope = (w * self._y[1] - wt * self._y[0]) / spread
        level = (self._y[0] - slope * wt) / w
        squares = max(0.0, self._yy - level * self._y[0] - slope * self._y[1])
        level_variance, covariance, slope_variance = _sandwich(self._w, self._q, spread)
        return Fit(
            level=level + self._origin,
            slope=slope,
            level_variance=level_variance,
            covariance=covariance,
            slope_variance=slope_variance,
            samples=samples,
            residual_variance=squares / w * samples / (samples - 2.0),
        )


def _shifted(sums: tuple[float, float, float], elapsed: float, keep: float) -> tuple[float, float, float]:
    """Return the sums as seen from ``elapsed`` seconds later, decayed."""
    zeroth, first, second = sums
    return keep * zeroth, keep * (first - elapsed * zeroth), keep * (second - 2.0 * elapsed * first + elapsed * elapsed * zeroth)


def _sandwich(w: tuple[float, float, float], q: tuple[float, float, float], spread: float) -> tuple[float, float, float]:
    """Return M^-1 N M^-1 for M of the weights and N of their squares: variance of the level, covariance, variance of the slope."""
    a, b, c = w[2] / spread, -w[1] / spread, w[0] / spread
    level = a * a * q[0] + 2.0 * a * b * q[1] + b * b * q[2]
    cross = a * b * q[0] + (a * c + b * b) * q[1] + b * c * q[2]
    slope = b * b * q[0] + 2.0 * b * c * q[1] + c * c * q[2]
    return level, cross, slope
