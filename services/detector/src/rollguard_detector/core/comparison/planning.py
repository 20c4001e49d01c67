"""
What could have been seen with this traffic, and how long does it take to see more? An answer to "inconclusive: and now?".

Evidence grows on average by the divergence of the candidate's share of bad requests from its share of requests, a window. What a
verdict needs over that is the number of windows; the other way round, the least ratio that so many windows show (Wald's identity,
ignoring the overshoot; the mixture costs the logarithm of an alternative's share).
"""

from math import ceil, exp, inf, log
from typing import NamedTuple

from rollguard_detector.core.comparison.course import Budget
from rollguard_detector.core.comparison.window import Window

_MIXTURE_NATS = 1.2
_LARGEST = 100.0
_HALVINGS = 40


class Reach(NamedTuple):
    """The least ratio of rates that the windows so far would show in half of all cases, and how many more a given ratio needs."""

    least_ratio: float
    windows_to_relevant: float


def growth(total: Window, windows: int, ratio: float, allowed: float = 1.0) -> float:
    """Return the nats a window by which evidence grows on average if the candidate's rate is ``ratio`` times the control's."""
    if not total.compares or not windows or ratio <= allowed:
        return 0.0
    control_rate = (total.control_bad + 0.5) / total.control_n
    mine, others = ratio * control_rate * total.candidate_n / windows, control_rate * total.control_n / windows
    rho = total.candidate_n / (total.candidate_n + total.control_n)
    shrink = log((1.0 + rho * (ratio - 1.0)) / (1.0 + rho * (allowed - 1.0)))
    return mine * log(ratio / allowed) - (mine + others) * shrink


def reach(total: Window, windows: int, missing: float, budget: Budget) -> Reach:
    """
    Return what the windows could show; infinite where no ratio up to 100 could, or none ever will with this traffic.

    ``missing`` is what the evidence lacks to a verdict, in nats.
    """
    needed, allowed, relevant_ratio = budget.needed, budget.allowed, budget.healthy_below
    low, high = log(allowed), log(_LARGEST)
    if growth(total, windows, _LARGEST, allowed) * windows < needed + _MIXTURE_NATS:
        least = inf
    else:
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            seen = growth(total, windows, exp(middle), allowed) * windows >= needed + _MIXTURE_NATS
            low, high = (low, middle) if seen else (middle, high)
        least = exp(high)
    pace = growth(total, windows, relevant_ratio, allowed)
    return Reach(least, ceil((max(missing, 0.0) + _MIXTURE_NATS) / pace) if pace > 0.0 else inf)
