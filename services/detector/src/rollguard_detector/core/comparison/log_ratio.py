"""
The log ratio of the arms' rates in one window: how far apart they are, and how far counting alone may bring them.

Where the candidate has enough bad requests to be expected, the logarithm of what was counted: with noise between the arms it is the
logarithm that is symmetric. With few it would be biased upwards (one half instead of none), so there it is the score of the split:
its mean is none where nothing is wrong. The variance is that of the expected split, not of the one seen: by that, a window would
count for more because it happened to have more bad ones in the candidate.
"""

from math import exp, log
from typing import NamedTuple

from rollguard_detector.core.comparison.hypergeometric import is_high
from rollguard_detector.core.comparison.window import Window

_ENOUGH = 1.5  # expected bad requests of either arm


class LogRatio(NamedTuple):
    """The log ratio above the allowed one, its variance by counting, half the deviance of the split, and the share expected."""

    ratio: float
    noise: float
    half_deviance: float
    noisy: float  # the same to be tempered by noise: the normal one where it is less, as noise has the longer tails
    share: float


def log_ratio_of_rates(window: Window, log_allowed: float) -> LogRatio:
    """Return the log ratio of a window in which both arms served and something was bad; of odds where many are bad."""
    control_n, control_bad, candidate_n, candidate_bad = window
    odds = log(candidate_n / control_n) + log_allowed
    share, bad = 1.0 / (1.0 + exp(-odds)), control_bad + candidate_bad
    information = bad * share * (1.0 - share)
    ratio = log((candidate_bad + 0.5) / (control_bad + 0.5))
    if is_high(window):
        information *= 1.0 - bad / (control_n + candidate_n + 1.0)
        ratio -= log((candidate_n - candidate_bad + 0.5) / (control_n - control_bad + 0.5)) + log_allowed
        half = 0.5 * ratio * ratio * information
        return LogRatio(ratio, 1.0 / information, half, half, share)
    half = _half_deviance(candidate_bad, control_bad, share)
    if bad * min(share, 1.0 - share) < _ENOUGH:
        return LogRatio((candidate_bad - bad * share) / information, 1.0 / information, half, half, share)
    ratio -= odds
    return LogRatio(ratio, 1.0 / information, half, min(half, 0.5 * ratio * ratio * information), share)


def _half_deviance(mine: int, others: int, share: float) -> float:
    bad = mine + others
    half = mine * log(mine / (bad * share)) if mine else 0.0
    return half + (others * log(others / (bad * (1.0 - share))) if others else 0.0)
