"""
The network in bulk, summed product by product in one fixed order: BLAS would let a row's last bits depend on its company.

``einsum`` that is not asked to optimise keeps to loops of its own, and is five times as fast as a sum of columns written out.
"""

import numpy as np

from rollguard_detector.core.banks.bank import Floats
from rollguard_detector.core.outlook.network import BIAS, FIRST, HIDDEN, HIGH, LAST, LOW


def network(views: Floats) -> Floats:
    """Return the log odds by horizon, (horizons, rows), of views (views, rows), which are bounded in place."""
    np.maximum(views, LOW[:, np.newaxis], out=views)
    np.minimum(views, HIGH[:, np.newaxis], out=views)
    first = _summed(FIRST, views) + BIAS[:, np.newaxis]
    hidden = first[:HIDDEN]
    log_odds: Floats = _summed(LAST, hidden / (1.0 + np.abs(hidden))) + first[HIDDEN:]
    return log_odds


def _summed(weights: Floats, told: Floats) -> Floats:
    """Return weights.T @ told by einsum's own loops, which add in the order of the rows (a test holds it to that)."""
    sums: Floats = np.einsum("vk,vn->kn", weights, told, optimize=False)
    return sums
