"""
Evidence against a fixed objective, where there is no control to compare with: the candidate alone, and the rate that is allowed.

A beta-binomial mixture over all rates above the allowed one (uniform there), which is a likelihood ratio to the boundary and so an
e-process against every rate at or below it. The same form, with a rate so high that nobody calls it healthy and a small share of
alpha of its own, is the rule for hard breaches: a crash loop needs no control.
"""

from math import exp, lgamma, log, log1p
from typing import NamedTuple

_MOST_STEPS = 300
_TINY = 1e-300


class ObjectiveEvidence(NamedTuple):
    """Requests and bad ones so far; add two to merge them."""

    n: int = 0
    bad: int = 0

    def plus(self, n: int, bad: int) -> "ObjectiveEvidence":
        """Return the evidence with more requests in it."""
        return ObjectiveEvidence(self.n + n, self.bad + bad)

    def log_e(self, allowed_rate: float) -> float:
        """Return the log e-value against "at most the allowed rate is bad"; the rate is in (0, 1)."""
        good = self.n - self.bad
        log_beta = lgamma(self.bad + 1) + lgamma(good + 1) - lgamma(self.n + 2)
        above = log_beta + log(max(beta_share(good + 1.0, self.bad + 1.0, 1.0 - allowed_rate), _TINY))
        return above - log1p(-allowed_rate) - self.bad * log(allowed_rate) - good * log1p(-allowed_rate)


def beta_share(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8, Lentz's method)."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    result = d
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 / (1.0 + term * d)
            c = 1.0 + term / c
            result *= d * c
        if abs(d * c - 1.0) < 1e-12:
            break
    return result
