"""
From what the experts say to one probability: the weights from which every pool starts.

The network for a longer horizon ranks better, because more breaches teach it, and the line is surer of a straight leak than a
network that has also seen lines which stop. Two logistic regressions (Platt, 1999), one a horizon of the network and both with
the line, make them speak of the horizon that is asked for; their mean is what a pool starts from. One regression on all would trust
the own horizon alone, and warn later. What the line is worth is then taken from rollouts alone: who asks for a forecast of a climb
wants it said clearly, and where lines stop halfway the outcomes of the pool take it back.
"""

import numpy as np

from forecast_fit.examples import LONGEST, OWN_HORIZON, Examples
from forecast_fit.network import Network, Numbers, sigmoid
from rollguard_detector.core.outlook.gauge import VIEWS
from rollguard_detector.core.outlook.straight import LOWEST

_EVIDENCE = VIEWS.index("straight")
_HALVES = np.array([[1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0]])  # without the longer horizon, and without the own
_LINE = np.array([False, False, True, False])
_NEWTON_STEPS = 100
_DAMPING = 0.7
_RIDGE = 1e-6  # keeps the curvature invertible where all is certain


def inputs(network: Network, views: Numbers) -> Numbers:
    """Return own and longer log odds, whether the line crosses, and 1: a row an example."""
    odds = network.log_odds(views)
    crosses = np.clip(views[:, _EVIDENCE] + LOWEST, 0.0, 1.0)
    return np.stack([odds[:, OWN_HORIZON], odds[:, LONGEST], crosses, np.ones(len(views))], axis=1)


def stack(network: Network, known: Examples, rollouts: Examples) -> Numbers:
    """Return the weights of least log loss on all that is known, that of the line on rollouts."""
    told = inputs(network, known.views)
    own, longer = (_regression(told * used, known) for used in _HALVES)
    both = 0.5 * (own + longer)
    told = inputs(network, rollouts.views)
    return np.where(_LINE, both + _regression(told * _LINE, rollouts, told @ both), both)


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
