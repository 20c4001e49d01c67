"""
Scales without a unit: ratios and probabilities bent so that no value, however odd, weighs more than it tells.
"""

from math import exp, log


def clip(value: float, low: float, high: float) -> float:
    """Return the value or the end that it lies beyond."""
    if low <= value <= high:  # nearly always, and a call of min() would be the dearest part
        return value
    return low if value < low else high


def log_ratio(value: float, unit: float) -> float:
    """Return the logarithm of a ratio, bounded to what matters."""
    bare = log(value / unit)
    return bare if -3.0 <= bare <= 6.0 else clip(bare, -3.0, 6.0)


def bent(ratio: float) -> float:
    """Return a ratio on a scale that is straight near 0 and logarithmic far out, bounded."""
    if ratio < 0.0:
        return -log(1.0 - ratio) if ratio > -1e12 else -log(1.0 + 1e12)
    return log(1.0 + ratio) if ratio < 1e12 else log(1.0 + 1e12)


def sigmoid(log_odds: float) -> float:
    """Return the probability of log odds."""
    return 1.0 / (1.0 + exp(-log_odds if -40.0 <= log_odds <= 40.0 else -clip(log_odds, -40.0, 40.0)))
