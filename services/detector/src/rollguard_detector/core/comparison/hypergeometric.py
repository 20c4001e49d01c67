"""
The exact split of bad requests where many are bad: Fisher's noncentral hypergeometric likelihood ratio.

Where a tenth or half of the requests are bad (an accuracy, a latency above its median), the binomial split of `rates` is valid
but twice too cautious: the candidate cannot have more bad requests than requests. Given the sum, the candidate's count is
hypergeometric with the ratio of odds, whatever the base rate is (Fisher 1935), so the ratio of two such probabilities is an
e-value.
"""

from collections.abc import Sequence
from math import exp, log

from rollguard_detector.core.comparison.effects import FACTORS
from rollguard_detector.core.comparison.window import Window

HIGH_RATE = 0.2  # of both arms together: above, the binomial form wastes more than a fifth of the evidence
MOST_REQUESTS = 512  # of the candidate: larger windows are left to the block form


def is_high(window: Window) -> bool:
    """Return whether so many are bad that the exact split is worth its price."""
    return window.bad > HIGH_RATE * (window.control_n + window.candidate_n)


def terms(window: Window) -> int:
    """Return how many splits of the bad ones are possible."""
    least = max(0, window.bad - window.control_n)
    return min(window.candidate_n, window.bad) - least + 1


def log_ratios(window: Window, allowed_odds: float, factors: Sequence[float] = FACTORS) -> list[float]:
    """Return the log likelihood ratio of each alternative's odds to the allowed odds ratio."""
    least = max(0, window.bad - window.control_n)
    weights = _weights(window, least)
    null = _log_sum(weights, allowed_odds)
    above = window.candidate_bad - least
    return [above * log(factor) - _log_sum(weights, allowed_odds * factor) + null for factor in factors]


def _weights(window: Window, least: int) -> list[float]:
    """Return the central weights C(n1, j) C(n0, S - j) from the least possible j on, as logarithms relative to the first."""
    logs, current = [0.0], 0.0
    for j in range(least, least + terms(window) - 1):
        up = (window.candidate_n - j) * (window.bad - j)
        down = (j + 1) * (window.control_n - window.bad + j + 1)
        current += log(up / down)
        logs.append(current)
    return logs


def _log_sum(weights: list[float], odds: float) -> float:
    from_odds = log(odds)
    tilted = [weight + index * from_odds for index, weight in enumerate(weights)]
    highest = max(tilted)
    return highest + log(sum([exp(one - highest) for one in tilted]))
