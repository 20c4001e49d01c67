"""
From what the experts say to one probability: the weights from which every pool starts.

The network for a longer horizon ranks better, because more breaches teach it, and the line is surer of a straight leak than a
network that has also seen lines which stop. A logistic regression (Platt, 1999) on the line and on the mean over the own horizon
and the longer ones makes them speak of the horizon that is asked for. Beside that mean the own horizon begins without a weight, and
has one for outcomes to move: fitted at once, it would be trusted alone, and warn later. What the line is worth is then taken from
rollouts alone: who asks for a forecast of a climb wants it said clearly, and where lines stop halfway outcomes take it back.
"""

import numpy as np

from forecast_fit.examples import OWN_HORIZON, Examples
from forecast_fit.network import Network, Numbers, sigmoid
from rollguard_detector.core.outlook.gauge import VIEWS
from rollguard_detector.core.outlook.straight import LOWEST

_EVIDENCE = VIEWS.index("straight")
_ALL_BUT_OWN = np.array([False, True, True, True])
_LINE = np.array([False, False, True, False])
_NEWTON_STEPS = 100
_DAMPING = 0.7
_RIDGE = 1e-6  # keeps the curvature invertible where all is certain


def inputs(network: Network, views: Numbers) -> Numbers:
    """Return own log odds, their mean over the own and the longer horizons, whether the line crosses, and 1: a row an example."""
    odds = network.log_odds(views)
    crosses = np.clip(views[:, _EVIDENCE] + LOWEST, 0.0, 1.0)
    return np.stack([odds[:, OWN_HORIZON], odds[:, OWN_HORIZON:].mean(axis=1), crosses, np.ones(len(views))], axis=1)


def stack(network: Network, usual: Examples, rollouts: Examples) -> Numbers:
    """Return the weights of least log loss on what is usual, that of the line on rollouts."""
    weights = _regression(inputs(network, usual.views) * _ALL_BUT_OWN, usual)
    told = inputs(network, rollouts.views)
    return np.where(_LINE, weights + _regression(told * _LINE, rollouts, told @ weights), weights)


def _regression(told: Numbers, known: Examples, start: Numbers | float = 0.0) -> Numbers:
    """Return the weights of least log loss beside log odds to start from, by damped Newton steps."""
    share, weights = known.shares, np.zeros(told.shape[1])
    for _ in range(_NEWTON_STEPS):
        said = sigmoid(told @ weights + start)
        slope = told.T @ (share * (said - known.came)) + _RIDGE * weights
        curvature = (told * (share * said * (1 - said))[:, None]).T @ told + _RIDGE * np.eye(len(weights))
        weights = weights - _DAMPING * np.linalg.solve(curvature, slope)
    return weights


def probability(network: Network, weights: Numbers, views: Numbers) -> Numbers:
    """Return the probability of a breach within the horizon, as the forecaster says it before any outcome has corrected it."""
    return sigmoid(inputs(network, views) @ weights)
