"""
The scales of ``core/outlook/scales``, for columns: the same bounds, and nothing that depends on how long a column is.
"""

from typing import NamedTuple

import numpy as np

from rollguard_detector.core.banks.bank import Flags, Floats

_MOST = 1e12


class Told(NamedTuple):
    """What a call tells of each row: when (seconds), how long after the sample before, how far ahead is asked."""

    at_seconds: Floats
    elapsed: Floats
    horizon: Floats

    def only(self, where: Flags) -> "Told":
        """Return what is told of some rows."""
        return Told(self.at_seconds[where], self.elapsed[where], self.horizon[where])


def clip(values: Floats, low: float, high: float) -> Floats:
    """Return the values, or the end that they lie beyond."""
    return np.minimum(np.maximum(values, low), high)


def log_ratio(values: Floats, units: Floats) -> Floats:
    """Return the logarithms of ratios, bounded to what matters."""
    return clip(np.log(values / units), -3.0, 6.0)


def bent(ratios: Floats) -> Floats:
    """Return ratios on a scale that is straight near 0 and logarithmic far out, bounded."""
    return np.copysign(np.log(1.0 + np.minimum(np.abs(ratios), _MOST)), ratios)


def sigmoid(log_odds: Floats) -> Floats:
    """Return the probabilities of log odds."""
    return 1.0 / (1.0 + np.exp(-clip(log_odds, -40.0, 40.0)))
