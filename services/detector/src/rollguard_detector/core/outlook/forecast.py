"""
How probable is it that a series passes its bound within the horizon, and when?

Three experts are asked: the network for the horizon itself, its mean over this and longer ones (which rank better, since more
breaches teach them), and the straight line. Raw analytic probabilities rank well but are badly calibrated; so a small stack, shared
by all series of a pool, says how far each is trusted, and goes on being corrected by the pool's own matured forecasts: what was
called probable and did not come weighs against the next call.
"""

from collections.abc import Callable
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
SHARES = (0.1, 0.5, 0.9)  # of the breaches: when have so many come?
_UNSPARED = tuple(log(1.0 - share) for share in SHARES)
NOW = (0.0, 0.0, 0.0)

Times = tuple[float, float, float]
Ask = Callable[[list[float]], list[float]]  # the network, or its compiled form


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

    __slots__ = ("_ask", "_at", "_bound", "_correction", "_gauge", "_horizon", "_log_odds", "_matured", "_pool", "_sign")

    def __init__(self, bound: float, *, above: bool, horizon_seconds: float, pool: Pool | None = None, ask: Ask = network) -> None:
        self._bound, self._ask = bound, ask
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
        level, slope = self._bound - self._sign * straight.level, -self._sign * straight.slope
        return BreachForecast(said, *self.times(), level, slope, straight.evidence > 0.0, self._gauge.samples >= KNOWN_SAMPLES)

    def times(self) -> Times:
        """Return, after a sample was taken in, the quantiles of the time to the breach."""
        gauge = self._gauge
        return times(self._log_odds, self._correction, gauge.straight, self._horizon) if gauge.median > 0.0 else NOW

    def probability_then_learn(self, at_seconds: float, value: float) -> float:
        """Return the probability alone, which is cheaper; beyond the bound it is certain, and the network is not asked."""
        before, gauge = self._at, self._gauge
        at = max(before, at_seconds)
        elapsed = at - before if before > -inf else 0.0
        self._at = at
        self._pool.settle(at)
        gauge.learn(self._sign * (self._bound - value), elapsed)
        breached = gauge.median <= 0.0
        self._matured.learn(at, elapsed, breached=breached)
        return 1.0 if breached else self._probability(at)

    def _probability(self, at: float) -> float:
        gauge, matured = self._gauge, self._matured
        self._log_odds = log_odds = self._ask(gauge.views())
        own = log_odds[OWN]
        inputs = (own, longer(log_odds), gauge.straight.crosses)
        stacked = self._pool.log_odds(inputs) + matured.shift
        self._correction = stacked - own
        said = sigmoid(stacked)
        matured.remember(at, inputs, said)
        return said


def longer(log_odds: list[float]) -> float:
    """Return the mean over the own horizon and those beyond it."""
    return (log_odds[OWN] + log_odds[OWN + 1] + log_odds[OWN + 2]) / 3.0


def times(log_odds: list[float], correction: float, straight: Straight, horizon: float) -> Times:
    """Return the quantiles of the time to the breach: the line's where it crosses the bound in time, else the network's."""
    if straight.evidence > -LOWEST:
        width = exp(TENTH_DEVIATIONS * straight.relative_error)
        return straight.seconds_left / width, straight.seconds_left, straight.seconds_left * width
    soon, middle, late = quantiles(
        [1.0 / (1.0 + exp(-told)) if -40.0 <= (told := odds + correction) <= 40.0 else sigmoid(told) for odds in log_odds]
    )
    return soon * horizon, middle * horizon, late * horizon


def quantiles(likely_by: list[float]) -> list[float]:
    """Return after how many horizons each of SHARES of the breaches has come, all in one walk over the knots."""
    found: list[float] = []
    before, reached, wanted = 0.0, 0.0, SHARES[0]
    for at, likely in zip(HORIZON_SHARES, likely_by, strict=True):
        while likely >= wanted:
            found.append(before + (at - before) * (wanted - reached) / max(likely - reached, 1e-12))
            if len(found) == len(SHARES):
                return found
            wanted = SHARES[len(found)]
        if likely > reached:
            before, reached = at, likely
    return found + _beyond(reached, len(found))


def _beyond(reached: float, first: int) -> list[float]:
    """Return the quantiles past the last knot, from the first that is wanted on: the hazard goes on as it was."""
    last = HORIZON_SHARES[-1]
    spared = log(1.0 - reached)  # reached is below the share asked for, so this is finite
    hazard = -spared / last
    if hazard <= 0.0:
        return [inf] * (len(SHARES) - first)
    ahead = [last + (spared - unspared) / hazard for unspared in _UNSPARED[first:]]
    return [far if far <= FAR else inf for far in ahead]
