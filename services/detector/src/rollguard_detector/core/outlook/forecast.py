"""
How probable is it that a series passes its bound within the horizon, and when?

Three experts are asked: the network for the horizon itself, its mean over this and longer ones (which rank better, since more
breaches teach them), and the straight line. Raw analytic probabilities rank well but are badly calibrated; so a small stack, shared
by all series of a pool, says how far each is trusted, and goes on being corrected by the pool's own matured forecasts: what was
called probable and did not come weighs against the next call.
"""

from math import exp, inf, log
from typing import NamedTuple

from rollguard_detector.core.outlook.gauge import Gauge
from rollguard_detector.core.outlook.matured import Matured
from rollguard_detector.core.outlook.network import network
from rollguard_detector.core.outlook.pool import Pool
from rollguard_detector.core.outlook.scales import sigmoid
from rollguard_detector.core.outlook.straight import LOWEST, Straight
from rollguard_detector.core.outlook.weights import HORIZON_SHARES

OWN = HORIZON_SHARES.index(1.0)
KNOWN_SAMPLES = 8
FAR = 100.0  # horizons; a breach beyond is "never" to who asks
TENTH_DEVIATIONS = 1.2816  # of a normal distribution, from its median to its first and last tenth


class BreachForecast(NamedTuple):
    """P(breach within the horizon), seconds to the breach as quantiles (inf: not foreseeable), and the line as it stands."""

    probability: float
    eta_p10_seconds: float
    eta_p50_seconds: float
    eta_p90_seconds: float
    level: float  # in the unit of the values
    slope_per_second: float
    has_trend: bool  # a line towards the bound that is more than noise
    is_known: bool  # enough samples to act on


class BreachForecaster:
    """One series and one bound; without a pool it learns from its own outcomes alone."""

    def __init__(self, bound: float, *, above: bool, horizon_seconds: float, pool: Pool | None = None) -> None:
        self._bound = bound
        self._sign = 1.0 if above else -1.0
        self._horizon = horizon_seconds
        self._pool = pool or Pool()
        self._gauge = Gauge(horizon_seconds)
        self._matured = Matured(horizon_seconds, self._pool)
        self._at = -inf
        self._log_odds: list[float] = []
        self._correction = 0.0

    def forecast_then_learn(self, at_seconds: float, value: float) -> BreachForecast:
        """Take the sample in (a time that does not increase counts as the time before) and say what follows."""
        said = self.probability_then_learn(at_seconds, value)
        straight = self._gauge.straight
        eta = times(self._log_odds, self._correction, straight, self._horizon) if self._gauge.median > 0.0 else (0.0, 0.0, 0.0)
        level, slope = self._bound - self._sign * straight.level, -self._sign * straight.slope
        return BreachForecast(said, *eta, level, slope, straight.evidence > 0.0, self._gauge.samples >= KNOWN_SAMPLES)

    def probability_then_learn(self, at_seconds: float, value: float) -> float:
        """Return the probability alone, which is cheaper."""
        elapsed = max(0.0, at_seconds - self._at) if self._at > -inf else 0.0
        self._at = max(self._at, at_seconds)
        self._pool.settle(self._at)
        self._log_odds = log_odds = network(self._gauge.learn(self._sign * (self._bound - value), elapsed))
        breached = self._gauge.median <= 0.0
        self._matured.learn(self._at, elapsed, breached=breached)
        if breached:
            return 1.0
        inputs = (log_odds[OWN], longer(log_odds), self._gauge.straight.crosses)
        stacked = self._pool.log_odds(inputs) + self._matured.shift
        self._correction = stacked - log_odds[OWN]
        said = sigmoid(stacked)
        self._matured.remember(self._at, inputs, said)
        return said


def longer(log_odds: list[float]) -> float:
    """Return the mean over the own horizon and those beyond it."""
    return (log_odds[OWN] + log_odds[OWN + 1] + log_odds[OWN + 2]) / 3.0


def times(log_odds: list[float], correction: float, straight: Straight, horizon: float) -> tuple[float, float, float]:
    """Return the quantiles of the time to the breach: the line's where it crosses the bound in time, else the network's."""
    if straight.evidence > -LOWEST:
        width = exp(TENTH_DEVIATIONS * straight.relative_error)
        return straight.seconds_left / width, straight.seconds_left, straight.seconds_left * width
    shares = [sigmoid(odds + correction) for odds in log_odds]
    return quantile(shares, 0.1) * horizon, quantile(shares, 0.5) * horizon, quantile(shares, 0.9) * horizon


def quantile(shares: list[float], share: float) -> float:
    """Return after how many horizons this share of breaches has come; past the last knot the hazard goes on as it was."""
    before, reached = 0.0, 0.0
    for at, likely in zip(HORIZON_SHARES, shares, strict=True):
        if likely >= share:
            return before + (at - before) * (share - reached) / max(likely - reached, 1e-12)
        if likely > reached:
            before, reached = at, likely
    last = HORIZON_SHARES[-1]
    spared = log(1.0 - reached)  # reached is below the share asked for, so this is finite
    hazard = -spared / last
    if hazard <= 0.0:
        return inf
    far = last + (spared - log(1.0 - share)) / hazard
    return far if far <= FAR else inf
