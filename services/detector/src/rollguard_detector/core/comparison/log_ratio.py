"""
The log ratio of the arms' rates in one window: how far apart they are, and how far counting alone may bring them.
"""

from math import exp, log
from typing import NamedTuple

from rollguard_detector.core.comparison.hypergeometric import is_high
from rollguard_detector.core.comparison.window import Window


class LogRatio(NamedTuple):
    """The log ratio above the allowed one, its variance by counting, and the log probability of the split if nothing is wrong."""

    ratio: float
    noise: float
    log_split: float


def log_ratio_of_rates(window: Window, log_allowed: float) -> LogRatio:
    """
    Return the log ratio of a window in which both arms served and something was bad.

    It is of odds where many are bad, as the exact form has it. The probability is the saddlepoint one (exp of minus half the
    deviance), so that a split that counting cannot explain is not called explained by a normal tail.
    """
    control_n, control_bad, candidate_n, candidate_bad = window
    noise = 1.0 / (candidate_bad + 0.5) + 1.0 / (control_bad + 0.5)
    ratio = log((candidate_bad + 0.5) / (control_bad + 0.5))
    if is_high(window):
        candidate_good, control_good = candidate_n - candidate_bad + 0.5, control_n - control_bad + 0.5
        noise += 1.0 / candidate_good + 1.0 / control_good
        ratio -= log(candidate_good / control_good) + log_allowed
        return LogRatio(ratio, noise, -ratio * ratio / (2.0 * noise))
    share = log(candidate_n / control_n) + log_allowed
    return LogRatio(ratio - share, noise, -_half_deviance(candidate_bad, control_bad, 1.0 / (1.0 + exp(-share))))


def _half_deviance(mine: int, others: int, share: float) -> float:
    bad = mine + others
    half = mine * log(mine / (bad * share)) if mine else 0.0
    return half + (others * log(others / (bad * (1.0 - share))) if others else 0.0)
