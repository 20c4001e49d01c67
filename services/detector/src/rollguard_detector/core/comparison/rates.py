"""
Evidence that the candidate's rate of bad requests exceeds its control's, small and mergeable: one integer an alternative.

The conditional binomial mixture e-process (Lindon and Malek, arXiv 2011.03567): given how many were bad in both arms together, how
many of them were the candidate's. What hits both arms alike cancels, whatever the base rate does and however the split changes; a
window without data multiplies by one. By Ville's inequality E reaches 1/alpha with probability at most alpha, however often one
looks. Logarithms are summed as integers of 2**-40 nats, rounded down: floats would make the sum depend on the order in which Kafka
delivers, and a verdict that depends on that is none.
"""

from collections.abc import Iterable
from math import floor

from rollguard_detector.core.comparison.effects import LOG_FACTORS, SHARES, Effects, log_mean_exp
from rollguard_detector.core.comparison.window import EMPTY, Window

_UNITS_A_NAT = 2.0**40


class RateEvidence:
    """The evidence of a set of windows; ``margin`` is the excess that is allowed, as a share of the control's rate."""

    __slots__ = ("_effects", "margin", "total", "units")

    def __init__(self, margin: float = 0.0) -> None:
        self.margin = margin
        self._effects = Effects(margin)
        self.units = [0] * len(SHARES)
        self.total = EMPTY

    def add(self, window: Window, *, sign: int = 1) -> None:
        """Take a window in, or out again where ``sign`` is -1; one in which an arm is idle says nothing."""
        self.total = Window(*(mine + sign * its for mine, its in zip(self.total, window, strict=True)))
        if not window.compares or not window.bad:
            return
        bad, rho = window.bad, window.candidate_n / (window.candidate_n + window.control_n)
        for index, (gain, shrink) in enumerate(zip(LOG_FACTORS, self._effects.shrinks(rho), strict=True)):
            self.units[index] += sign * floor(_UNITS_A_NAT * (window.candidate_bad * gain - bad * shrink))

    def merge(self, other: "RateEvidence", *, sign: int = 1) -> None:
        """Take in (or out) what another set of windows says of the same margin; no window may be in both."""
        self.total = Window(*(mine + sign * its for mine, its in zip(self.total, other.total, strict=True)))
        self.units = [mine + sign * its for mine, its in zip(self.units, other.units, strict=True)]

    def log_e(self) -> float:
        """Return the log e-value against "the rate is at most 1 + margin times the control's"."""
        return log_mean_exp([units / _UNITS_A_NAT for units in self.units], SHARES)


def evidence_of(windows: Iterable[Window], margin: float = 0.0) -> RateEvidence:
    """Return the evidence of windows, in whatever order they come."""
    evidence = RateEvidence(margin)
    for window in windows:
        evidence.add(window)
    return evidence
