"""
Evidence from large windows with many bad requests, at a fixed price a window: the block e-variable of Turner, Ly and Grünwald.

arXiv 2106.02693: with rates a and b guessed before the window is seen and their pooled rate t = (n1 a + n0 b) / (n1 + n0),
p_a(y1) p_b(y0) / p_t(y1, y0) has a mean of at most one under every common rate, by the inequality of arithmetic and geometric
means. The guess of the base rate comes from earlier windows; where it is bad the evidence is weaker, never invalid. It knows no
margin.
"""

from collections.abc import Sequence
from math import log

from rollguard_detector.core.comparison.effects import FACTORS
from rollguard_detector.core.comparison.window import Window


def log_ratios(window: Window, guessed_rate: float, factors: Sequence[float] = FACTORS) -> list[float]:
    """Return the log e-value of each alternative odds ratio, where earlier windows guess the control's rate, in (0, 1)."""
    return [_log_ratio(window, guessed_rate, guessed_rate * factor) for factor in factors]


def _log_ratio(window: Window, control_rate: float, odds_part: float) -> float:
    candidate_rate = odds_part / (1.0 - control_rate + odds_part)
    n = window.control_n + window.candidate_n
    pooled = (window.candidate_n * candidate_rate + window.control_n * control_rate) / n
    bad = window.candidate_bad * log(candidate_rate / pooled) + window.control_bad * log(control_rate / pooled)
    candidate_good, control_good = window.candidate_n - window.candidate_bad, window.control_n - window.control_bad
    good = candidate_good * log((1.0 - candidate_rate) / (1.0 - pooled)) + control_good * log((1.0 - control_rate) / (1.0 - pooled))
    return bad + good
