"""
A rate that was learned before and is frozen: how much more likely is a count if the rate is some times higher?

With a baseline of b bad of n requests the next count is negative binomial (Poisson counts, gamma posterior), so the uncertainty
of a short baseline is part of the answer. The ratio of two such predictions is an e-value while the rate stays as it was. It
serves the guard after promotion, where no control is left, and the question whether the control itself has moved.
"""

from math import log
from typing import NamedTuple

_PRIOR_BAD = 0.5  # Jeffreys: a baseline without any bad request is no rate of zero


class FrozenRate(NamedTuple):
    """Requests and bad ones of the baseline."""

    n: float = 0.0
    bad: float = 0.0

    @property
    def rate(self) -> float:
        """Expected bad ones a request; the baseline may not be empty."""
        return (self.bad + _PRIOR_BAD) / self.n

    def log_ratio(self, n: int, bad: int, factor: float) -> float:
        """Return the log likelihood ratio of ``factor`` times the rate to the rate itself, for ``bad`` of ``n`` requests."""
        if not self.n or not n:
            return 0.0
        return bad * log(factor) + (self.bad + _PRIOR_BAD + bad) * log((self.n + n) / (self.n + n * factor))
