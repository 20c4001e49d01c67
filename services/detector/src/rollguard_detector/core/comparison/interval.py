"""
How many times worse is the candidate? A confidence sequence of the ratio of rates: true at every look at once, with 1 - alpha.

The ratios that the windows have not made 1/alpha times less likely than a prior mixture of all ratios (Robbins; Waudby-Smith and
Ramdas, arXiv 2010.09686, the prior-posterior ratio), log ratio normal around none with deviation one, the mixture by Laplace's
formula. Noise between the arms takes its part of the information. Splits are kept by their logit in coarse steps, each with the
mean of its own (what a step hides is of second order), so that a traffic split may move.
"""

from collections.abc import Iterable
from copy import copy
from math import exp, inf, log, sqrt

from rollguard_detector.core.comparison.window import Window

_STEPS_A_LOGIT = 1.25
_SOLVES = 60
_FARTHEST = 12.0  # in logs: a ratio of 160,000
_CLOSE = 0.001  # the square of a last step of Newton's, by that of the width: what it leaves is half of that


class EffectLikelihood:
    """The log likelihood of the log ratio of rates, from all windows."""

    __slots__ = ("_bins", "mine")

    def __init__(self) -> None:
        self.mine = 0  # bad ones of the candidate
        self._bins: dict[int, tuple[int, float]] = {}  # of bad ones: how many, and the sum of their logits

    def copy(self) -> "EffectLikelihood":
        """Return another with the same state."""
        return copy(self)  # nothing inside is ever changed in place

    def learn(self, window: Window) -> None:
        """Take a window in that compares."""
        self.mine += window.candidate_bad
        bad, logit = window.bad, log(window.candidate_n / window.control_n)
        key = round(_STEPS_A_LOGIT * logit)
        known, logits = self._bins.get(key, (0, 0.0))
        self._bins = {**self._bins, key: (known + bad, logits + bad * logit)}

    def interval(self, alpha: float, left: float = 1.0) -> tuple[float, float]:
        """Return the lowest and the highest ratio not excluded; ``left`` is the part of the information that noise leaves."""
        counted = [(bad, logits / bad) for bad, logits in self._bins.values() if bad]
        bad = sum([bad for bad, _ in counted])
        if not bad:
            return 0.0, inf
        likelihood = _Likelihood(left * self.mine, [(left * bad, 1.0 / (1.0 + exp(-logit))) for bad, logit in counted])
        usual = sum([bad * logit for bad, logit in counted]) / bad
        peak, value, information = likelihood.peak(log((self.mine + 0.5) / (bad - self.mine + 0.5)) - usual)
        least = value - peak * peak / 2.0 - 0.5 * log(1.0 + information) + log(alpha)
        reach = sqrt(2.0 * (value - least) / max(information, 0.1))
        skew = likelihood.skew(peak) * reach / (6.0 * max(information, 0.1))  # brings the first guess close to the root
        low = exp(likelihood.solve(least, -_FARTHEST, peak, peak - reach * (1.0 + skew))) if self.mine else 0.0
        high = exp(likelihood.solve(least, _FARTHEST, peak, peak + reach * (1.0 - skew))) if self.mine < bad else inf
        return low, high


class _Likelihood:
    """y x - sum of S log(1 - rho + rho exp(x)) for a log ratio x: concave."""

    __slots__ = ("_bins", "_mine")

    def __init__(self, mine: float, bins: Iterable[tuple[float, float]]) -> None:
        self._mine, self._bins = mine, list(bins)

    def at(self, x: float) -> tuple[float, float, float]:
        """Return the value, the slope and the information."""
        ratio = exp(x)
        value, slope, information = self._mine * x, self._mine, 0.0
        for bad, rho in self._bins:
            whole = 1.0 + rho * (ratio - 1.0)
            share = rho * ratio / whole
            value -= bad * log(whole)
            slope -= bad * share
            information += bad * share * (1.0 - share)
        return value, slope, information

    def peak(self, x: float) -> tuple[float, float, float]:
        """Return where likelihood times prior is highest, by Newton's steps from a guess, and value and information there."""
        for _ in range(_SOLVES):
            value, slope, information = self.at(x)
            step = (slope - x) / (information + 1.0)
            if (
                step * step * (information + 1.0) < _CLOSE
            ):  # the last step is taken along the parabola, whose error is of third order
                return x + step, value + step * (slope - 0.5 * step * information), information
            x += max(-1.0, min(1.0, step))
        return x, value, information

    def skew(self, x: float) -> float:
        """Return minus the third derivative."""
        ratio, found = exp(x), 0.0
        for bad, rho in self._bins:
            share = rho * ratio / (1.0 + rho * (ratio - 1.0))
            found += bad * share * (1.0 - share) * (1.0 - 2.0 * share)
        return found

    def solve(self, least: float, outside: float, inside: float, guess: float) -> float:
        """Return where the value passes ``least`` between outside and the peak: Newton's steps, halving where they leave."""
        peak = inside
        x = guess if min(outside, inside) < guess < max(outside, inside) else 0.5 * (outside + inside)
        for _ in range(_SOLVES):
            value, slope, _ = self.at(x)
            if value < least:
                outside = x
            else:
                inside = x
            after = x + (least - value) / slope if slope else outside
            if not min(outside, inside) < after < max(outside, inside):
                after = 0.5 * (outside + inside)
            if (after - x) ** 2 < _CLOSE * min(1.0, (after - peak) ** 2):
                return after
            x = after
        return x
