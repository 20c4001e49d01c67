"""
Which effects the evidence bets on: how many times worse than allowed the candidate may be, and with which share of the stake.

The mixture over fixed alternatives is what makes the test anytime-valid without knowing the effect (Robbins 1970; Lindon and
Malek, arXiv 2011.03567). Few alternatives with much weight around two to five times are what rollouts need: each halving of a
share costs 0.7 nats of evidence, minutes of a small canary. The shares were chosen on simulated canaries; any others would be as
valid.
"""

from math import exp, fsum, log

FACTORS = (1.12, 1.3, 1.6, 2.1, 4.5, 12.0)
SHARES = (0.02, 0.06, 0.16, 0.36, 0.32, 0.08)
LOG_FACTORS = tuple(map(log, FACTORS))


class Effects:
    """The alternatives above an allowed ratio of rates, 1 + margin."""

    __slots__ = ("_rho", "_shrinks", "allowed", "log_allowed")

    def __init__(self, margin: float = 0.0) -> None:
        self.allowed = 1.0 + margin
        self.log_allowed = log(self.allowed)
        self._rho = -1.0
        self._shrinks: tuple[float, ...] = ()

    def shrinks(self, rho: float) -> tuple[float, ...]:
        """
        Return log((1 - rho + rho r) / (1 - rho + rho r0)) for each alternative r; rho is the candidate's share of the requests.

        Of S bad ones, y in the candidate, the log likelihood ratio of r to r0 is y log(r / r0) - S times this: y is binomial with
        probability rho r / (1 - rho + rho r), exactly for Poisson counts, conservatively for requests that fail one by one.
        """
        if rho != self._rho:
            base = log(1.0 + rho * (self.allowed - 1.0))
            self._shrinks = tuple([log(1.0 + rho * (self.allowed * factor - 1.0)) - base for factor in FACTORS])
            self._rho = rho
        return self._shrinks

    def shrink(self, rho: float, factor: float) -> float:
        """Return the same for one factor above the allowed ratio."""
        return log((1.0 + rho * (self.allowed * factor - 1.0)) / (1.0 + rho * (self.allowed - 1.0)))


def log_mean_exp(logs: tuple[float, ...] | list[float], shares: tuple[float, ...] | list[float]) -> float:
    """Return log of the sum of shares times exp(logs), exact in any order and without overflow."""
    highest = max(logs)
    from_highest = [share * exp(one - highest) for one, share in zip(logs, shares, strict=True)]
    return highest + log(fsum(from_highest))
