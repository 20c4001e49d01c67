"""
From log odds to the probability that is said: the mean of the horizon's own output and of the longer ones' tilted.

The longer horizons rank better, because more breaches teach them; the tilt (Platt, 1999) makes them speak of the horizon that is
asked for.
"""

from typing import NamedTuple

import numpy as np

from forecast_fit.examples import OWN_HORIZON, Examples
from forecast_fit.network import Network, Numbers, sigmoid

_NEWTON_STEPS = 100
_DAMPING = 0.7
_RIDGE = 1e-9  # keeps the curvature invertible where all is certain


class Tilt(NamedTuple):
    """A straight line from the mean log odds of the longer horizons to the log odds within the horizon."""

    slope: float
    shift: float


def tilt(network: Network, known: Examples) -> Tilt:
    """Return the tilt of least log loss, by damped Newton steps."""
    odds, share = _longer(network.log_odds(known.views)), known.shares
    slope, shift = 1.0, 0.0
    for _ in range(_NEWTON_STEPS):
        said = sigmoid(slope * odds + shift)
        error, curve = share * (said - known.came), share * said * (1 - said)
        mixed = (curve * odds).sum()
        curvature = np.array([[(curve * odds * odds).sum(), mixed], [mixed, curve.sum()]]) + _RIDGE * np.eye(2)
        step = _DAMPING * np.linalg.solve(curvature, [(error * odds).sum(), error.sum()])
        slope, shift = slope - step[0], shift - step[1]
    return Tilt(float(slope), float(shift))


def probability(network: Network, tilted: Tilt, views: Numbers) -> Numbers:
    """Return the probability of a breach within the horizon, as the forecaster says it before a stream has corrected it."""
    odds = network.log_odds(views)
    own, longer = sigmoid(odds[:, OWN_HORIZON]), sigmoid(tilted.slope * _longer(odds) + tilted.shift)
    return 0.5 * (own + longer)


def _longer(odds: Numbers) -> Numbers:
    mean: Numbers = odds[:, OWN_HORIZON:].mean(1)
    return mean
