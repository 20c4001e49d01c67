"""
When the breach will be, in bulk: ``times`` and ``quantiles`` of ``core/outlook/forecast``.
"""

import numpy as np

from rollguard_detector.core.banks.bank import Floats
from rollguard_detector.core.banks.outlooks.scales import sigmoid
from rollguard_detector.core.banks.outlooks.straight import Ahead
from rollguard_detector.core.outlook.forecast import FAR, TENTH_DEVIATIONS
from rollguard_detector.core.outlook.straight import LOWEST
from rollguard_detector.core.outlook.weights import HORIZON_SHARES

SHARES = np.array([[0.1], [0.5], [0.9]])


def times(log_odds: Floats, correction: Floats, straight: Ahead, horizon: Floats) -> Floats:
    """Return the quantiles of the time to the breach in seconds, (SHARES, rows); ``log_odds`` is (horizons, rows)."""
    eta = quantiles(sigmoid(log_odds + correction)) * horizon
    by_line = straight.evidence > -LOWEST
    if by_line.any():
        width, left = np.exp(TENTH_DEVIATIONS * straight.relative_error[by_line]), straight.seconds_left[by_line]
        eta[:, by_line] = left / width, left, left * width
    return eta


def quantiles(likely_by: Floats) -> Floats:
    """
    Return after how many horizons each of SHARES of the breaches has come, (SHARES, rows).

    ``likely_by`` is (horizons, rows). Past the last knot the hazard goes on as it was. All shares go through the knots at once.
    """
    size = (len(SHARES), likely_by.shape[1])
    before, reached, found = np.zeros(size), np.zeros(size), np.full(size, np.nan)
    for at, likely in zip(HORIZON_SHARES, likely_by, strict=True):
        open_ = np.isnan(found)
        is_reached = likely >= SHARES
        here = before + (at - before) * (SHARES - reached) / np.maximum(likely - reached, 1e-12)
        found = np.where(open_ & is_reached, here, found)
        rising = open_ & ~is_reached & (likely > reached)
        before, reached = np.where(rising, at, before), np.where(rising, likely, reached)
    open_ = np.isnan(found)
    if open_.any():
        found[open_] = _beyond(reached[open_], np.broadcast_to(SHARES, size)[open_])
    return found


def _beyond(reached: Floats, shares: Floats) -> Floats:
    last = HORIZON_SHARES[-1]
    spared = np.log(1.0 - reached)
    hazard = -spared / last
    far = last + (spared - np.log(1.0 - shares)) / np.where(hazard > 0.0, hazard, 1.0)
    return np.where((hazard > 0.0) & (far <= FAR), far, np.inf)
