"""
How likely is a breach within the horizon, and when?

The level is foreseen along its line, with the uncertainty of level and slope and with the chance that the slope itself changes; a
line crosses its bound once, so the probability of having crossed by a time is that of lying beyond the bound then (first passage).
The rule: a slope that noise could have made counts as none, and no line is drawn out further than a few times what was seen of
it. Without these two, every wiggle of a quiet series would be drawn out to the bound.
"""

import math

import msgspec

from rollguard_detector.core.trend import Trend
from rollguard_schemas.evidence import Quantiles
from rollguard_schemas.fields import BreachDirection

_LEAST_SAMPLES = 8.0
_SIGNIFICANT_DEVIATIONS = 4.0
_FEW_SAMPLES_PENALTY = 8.0  # the noise of a short line is itself poorly known
_CAUTION = 1.5  # samples of real systems are not independent; widens what the line claims to know
_SLOPE_CHANGE = 0.25  # one deviation of how much a slope changes on its way, as a share of it
_REACH = 4.0  # a line is drawn out at most so many times as long as it was followed
_FARTHEST_SECONDS = 7 * 86_400.0


class Forecast(msgspec.Struct, frozen=True):
    """The probability of a breach within the horizon, when it would come, and the line that says so."""

    probability: float
    horizon_seconds: float
    time_to_breach_seconds: Quantiles
    level: float
    slope_per_second: float
    has_trend: bool


def forecast(trend: Trend, *, bound: float, direction: BreachDirection, horizon_seconds: float) -> Forecast | None:
    """Foresee the crossing of a bound; None while there are too few samples to say anything."""
    fit = trend.fit()
    if fit is None or fit.samples < _LEAST_SAMPLES:
        return None
    sign = 1.0 if direction == "above" else -1.0
    noise = trend.noise_variance(fit)
    slope = sign * fit.slope
    has_trend = slope > _needed_deviations(fit.samples) * math.sqrt(noise * fit.slope_variance)
    path = _Path(
        distance=sign * (bound - fit.level),
        slope=slope if has_trend else 0.0,
        level_variance=noise * fit.level_variance,
        covariance=noise * fit.covariance if has_trend else 0.0,
        slope_variance=noise * fit.slope_variance if has_trend else 0.0,
    )
    reach = min(horizon_seconds, _REACH * trend.span_seconds)
    return Forecast(
        probability=path.crossed_by(reach),
        horizon_seconds=horizon_seconds,
        time_to_breach_seconds=Quantiles(p10=path.time_of(0.1), p50=path.time_of(0.5), p90=path.time_of(0.9)),
        level=fit.level,
        slope_per_second=fit.slope,
        has_trend=has_trend,
    )


def _needed_deviations(samples: float) -> float:
    return _SIGNIFICANT_DEVIATIONS * (1.0 + _FEW_SAMPLES_PENALTY / (samples - 2.0))


class _Path(msgspec.Struct, frozen=True):
    """The line as it leads towards the bound: ``distance`` is what is left, a positive slope closes it."""

    distance: float
    slope: float
    level_variance: float
    covariance: float
    slope_variance: float

    def crossed_by(self, seconds: float) -> float:
        """Return the probability that the bound was crossed so long from now."""
        known = self.level_variance + seconds * (2.0 * self.covariance + seconds * self.slope_variance)
        deviation = math.sqrt(max(0.0, _CAUTION**2 * known) + (_SLOPE_CHANGE * self.slope * seconds) ** 2)
        beyond = self.slope * seconds - self.distance
        if deviation == 0.0:
            return 1.0 if beyond > 0 else 0.0
        return 0.5 * math.erfc(-beyond / deviation / math.sqrt(2.0))

    def time_of(self, probability: float) -> float | None:
        """Return when the crossing becomes so probable, to a thousandth; None if that lies more than a week away."""
        if self.crossed_by(0.0) >= probability:
            return 0.0
        if self.slope <= 0 or self.crossed_by(_FARTHEST_SECONDS) < probability:
            return None
        low, high = 0.0, _FARTHEST_SECONDS
        while high - low > 1e-3 * high:
            middle = math.sqrt(low * high) if low > 0 else high / 16.0
            low, high = (low, middle) if self.crossed_by(middle) >= probability else (middle, high)
            if high < 1e-3:
                return 0.0
        return high
