"""
How probable is it that a series passes its bound within the horizon, and when?

The views of a gauge go through a small network with constants that were fitted once, on worlds of many kinds
(`bench/forecast_fit`). Raw analytic probabilities rank well but are badly calibrated; so what is said is calibrated, and goes on
being corrected by the stream's own matured forecasts: what was called probable and did not come weighs against the next call.
"""

from collections import deque
from math import exp, inf, log
from typing import NamedTuple

import numpy as np

from rollguard_detector.core.outlook.gauge import Gauge, clip
from rollguard_detector.core.outlook.weights import (
    CENTRES,
    FIRST_BIAS,
    FIRST_LAYER,
    HORIZON_SHARES,
    LAST_BIAS,
    LAST_LAYER,
    LIMIT,
    SCALES,
    STRAIGHT,
    TILT,
)

# The network as it is computed: standardising is folded into the first matrix, and what goes straight to the output stands beside
# the hidden layer's weights, so that one sample costs two products. Its plain form is in the tests.
_LOW = np.array(CENTRES) - LIMIT * np.array(SCALES)
_HIGH = np.array(CENTRES) + LIMIT * np.array(SCALES)
_FIRST = np.hstack([FIRST_LAYER, STRAIGHT]) / np.array(SCALES)[:, np.newaxis]
_FIRST_BIAS = np.concatenate([FIRST_BIAS, LAST_BIAS]) - np.array(CENTRES) @ _FIRST
_LAST = np.array(LAST_LAYER)
_HIDDEN = len(FIRST_BIAS)

_FAR = 100.0  # horizons; a breach beyond is "never" to who asks
_STEP = 0.05  # of the correction by one matured forecast
_MOST_BIAS = 2.0
_FORECASTS_A_HORIZON = 12


class BreachForecast(NamedTuple):
    """P(breach within the horizon), and seconds to the breach as quantiles (inf: not foreseeable)."""

    probability: float
    eta_p10_seconds: float
    eta_p50_seconds: float
    eta_p90_seconds: float


class Correction:
    """What the stream's own matured forecasts taught: a shift of the log odds, one step of logistic loss a matured forecast."""

    __slots__ = ("_every", "_horizon", "_pending", "shift")

    def __init__(self, horizon_seconds: float) -> None:
        self._horizon = horizon_seconds
        self._every = horizon_seconds / _FORECASTS_A_HORIZON
        self._pending: deque[tuple[float, float]] = deque()
        self.shift = 0.0

    def learn(self, at_seconds: float, said: float, *, breached: bool) -> None:
        """Settle what has matured by now, then remember this forecast (one in a while is enough)."""
        pending = self._pending
        while pending and (breached or at_seconds - pending[0][0] > self._horizon):
            error = float(breached) - pending.popleft()[1]
            self.shift = clip(self.shift + _STEP * error, -_MOST_BIAS, _MOST_BIAS)
        if not breached and (not pending or at_seconds - pending[-1][0] >= self._every):
            pending.append((at_seconds, said))


class BreachForecaster:
    """One series and one bound."""

    def __init__(self, bound: float, *, above: bool, horizon_seconds: float) -> None:
        self._bound = bound
        self._sign = 1.0 if above else -1.0
        self._horizon = horizon_seconds
        self._gauge = Gauge(horizon_seconds)
        self._correction = Correction(horizon_seconds)
        self._at = -inf

    def forecast_then_learn(self, at_seconds: float, value: float) -> BreachForecast:
        """Take the sample in (a time that does not increase counts as the time before) and say what follows."""
        elapsed = max(0.0, at_seconds - self._at) if self._at > -inf else 0.0
        self._at = max(self._at, at_seconds)
        gap = self._sign * (self._bound - value)
        log_odds = network(self._gauge.learn(gap, elapsed))
        breached = self._gauge.median <= 0.0
        before = self._correction.shift
        said = probability(log_odds, before)
        self._correction.learn(self._at, said, breached=breached)
        if breached:
            return BreachForecast(1.0, 0.0, 0.0, 0.0)
        correction = self._correction.shift
        if correction != before:
            said = probability(log_odds, correction)
        shares = [sigmoid(odds + correction) for odds in log_odds]
        horizon = self._horizon
        return BreachForecast(
            said, quantile(shares, 0.1) * horizon, quantile(shares, 0.5) * horizon, quantile(shares, 0.9) * horizon
        )


def probability(log_odds: list[float], correction: float) -> float:
    """Return the mean of two calibrated answers: the horizon's own output, and the longer ones' (which rank better) tilted."""
    slope, shift = TILT
    tilted = shift + slope * (log_odds[2] + log_odds[3] + log_odds[4]) / 3.0
    return 0.5 * (sigmoid(log_odds[2] + correction) + sigmoid(tilted + correction))


def network(views: list[float]) -> list[float]:
    """Return the log odds of a breach by each of HORIZON_SHARES."""
    told = np.array(views)
    np.maximum(told, _LOW, out=told)
    np.minimum(told, _HIGH, out=told)
    first = told.dot(_FIRST)
    first += _FIRST_BIAS
    hidden = first[:_HIDDEN]
    np.tanh(hidden, out=hidden)
    answer: list[float] = (hidden.dot(_LAST) + first[_HIDDEN:]).tolist()
    return answer


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
    return far if far <= _FAR else inf


def sigmoid(log_odds: float) -> float:
    """Return the probability of log odds."""
    return 1.0 / (1.0 + exp(-clip(log_odds, -40.0, 40.0)))
