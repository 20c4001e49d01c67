"""
The evidence of a rollout as it is decided on: exact where counting is the only noise, cautious by itself where it is not.

For each variance of the arms' noise (`dispersion`) a mixture over effects is kept: the exact split of counts for none, a normal
one of the log ratio of rates for the others. What they say is averaged, weighted by how well each variance explains the windows
if nothing is wrong, and the smaller of that and the exact evidence counts: so with counting noise alone the error stays below
alpha by Ville's inequality, whatever the weighing does, and with more of it the evidence gives way before anybody tunes anything.

The weighing of no noise also counts how well one common effect explains all windows together: in a busy service the fixed effects
miss the true one by more than noise would. For the same reason one bet follows the effect that the windows before have shown: any
such guess is valid, and where a tenth more is thousands of requests it is needed.

Windows come in the order of their time. A twentieth of the stake waits for faults that begin later (weights 1/t**(1/4) -
1/(t+1)**(1/4)), so that a long good time does not have to be paid back first.
"""

from collections.abc import Sequence
from copy import copy
from math import erfc, exp, log, sqrt

from rollguard_detector.core.comparison import block, hypergeometric
from rollguard_detector.core.comparison.calm import ControlCalm
from rollguard_detector.core.comparison.dispersion import CAUTION, PRIOR, SPREADS
from rollguard_detector.core.comparison.effects import FACTORS, LOG_FACTORS, SHARES, Effects
from rollguard_detector.core.comparison.log_ratio import log_ratio_of_rates
from rollguard_detector.core.comparison.stakes import Stakes
from rollguard_detector.core.comparison.window import Window

LATER = 0.05  # of the stake, for faults that begin later
FOLLOWS = 0.04  # of the stake, on the effect that the windows before have shown
BET_SHARES = (*[(1.0 - FOLLOWS) * share for share in SHARES], FOLLOWS)
_LEAST_BET, _MOST_BET = 0.01, 4.0  # log factors
_LOG_WHOLE = log(0.1)  # of what weighs the variances, never of the exact evidence: all windows at once, in normal form
_NOISY = SPREADS[1:]
_WIDE = tuple([CAUTION * spread for spread in SPREADS])
_CLEARLY = 2.0  # nats by which noise has to explain the windows better than none
_FAR = 40.0  # nats beyond which what waits does not show


class RobustEvidence:
    """The evidence of the windows so far; copies are independent."""

    __slots__ = (
        "_effects",
        "_logs",
        "_moved",
        "_normal",
        "_nulls",
        "_prior",
        "_ratios",
        "_split",
        "_stakes",
        "_weights",
        "calm",
        "largest_step",
        "log_e",
    )

    def __init__(self, effects: Effects, prior: Sequence[float] = PRIOR) -> None:
        self._effects, self._prior = effects, [log(share) for share in prior]
        self._stakes = Stakes((1.0 - LATER,) * len(BET_SHARES))
        # For each variance: how well it explains the windows if nothing is wrong, and its sums of weighted ratios and of weights.
        self._nulls, self._ratios, self._weights = ([0.0] * len(SPREADS) for _ in range(3))
        self._split = (0.0, 0.0, 0.0)  # bad ones of the candidate, how many were expected, and of both
        self._normal = 0.0  # how much less likely all windows are by the normal form than by the exact one, if nothing is wrong
        self._moved = 0
        self._logs = list(self._prior)  # as the nulls, with prior and control
        self.calm = ControlCalm()
        self.log_e = self.largest_step = 0.0

    def copy(self) -> "RobustEvidence":
        """Return another with the same state."""
        other = copy(self)  # but for the control, nothing inside is ever changed in place
        other.calm = self.calm.copy()
        return other

    @property
    def without_largest_step(self) -> float:
        """The log e-value that is left without the one window that added most to it."""
        return self.log_e - self.largest_step

    def learn(self, window: Window, *, is_usual: bool = True) -> None:
        """Take the next window in; one in which the control is not as usual says nothing about how calm it is."""
        if window.compares and window.bad:
            self._bet(window)
        if is_usual:
            self.calm.learn(window.control_n, window.control_bad)
        calm = self.calm.against()
        self._logs = [prior + null + one for prior, null, one in zip(self._prior, self._nulls, calm, strict=True)]
        before = self.log_e
        self.log_e = self._value()
        self.largest_step = max(self.largest_step, self.log_e - before)

    def noise_found(self) -> tuple[int, float]:
        """Return which variance explains the windows best, with any effect, and the part of the information that it leaves."""
        if not self._moved:
            return 0, 1.0
        sums = zip(self._logs, self._ratios, self._weights, strict=True)
        logs = [one + ratios * ratios / (2.0 * weights) for one, ratios, weights in sums]
        best = max(logs)
        index = 0 if logs[0] >= best - _CLEARLY else logs.index(best)
        return index, self._weights[index] / self._weights[0]

    def _value(self) -> float:
        """Return the smaller of the exact evidence and that averaged over the variances, and what waits."""
        exact, logs = self._stakes.log_value(BET_SHARES), self._logs
        whole = [log_normal_mixture(*sums) for sums in zip(self._ratios, self._weights, strict=True)]
        said = [one + value for one, value in zip(logs, whole, strict=True)]
        said[0] += _LOG_WHOLE + self._normal
        said.append(logs[0] + exact)
        highest, likeliest = max(said), max(logs)
        total, believed = sum([exp(one - highest) for one in said]), sum([exp(one - likeliest) for one in logs])
        least = min(exact, highest - likeliest + log(total / believed))
        return least if least > _FAR else log(exp(least) + LATER * (self._moved + 1.0) ** -0.25)

    def _bet(self, window: Window) -> None:
        self._moved += 1
        entering = LATER * (self._moved**-0.25 - (self._moved + 1.0) ** -0.25)
        ratio, noise, half_deviance, noisy, share = log_ratio_of_rates(window, self._effects.log_allowed)
        self._stakes = self._stakes.grown(self._exact(window, bet_on(*self._split)), entering)
        mine, expected, bad = self._split
        self._split = (mine + window.candidate_bad, expected + window.bad * share, bad + window.bad)
        square = 0.5 * ratio * ratio
        self._normal += half_deviance - square / noise
        left = [noise / (noise + spread) for spread in _NOISY]
        nulls = zip(self._nulls[1:], left, strict=True)
        self._nulls = [0.0, *[null + 0.5 * log(part) + half_deviance - noisy * part for null, part in nulls]]
        wide = [noise + spread for spread in _WIDE]
        self._ratios = [one + ratio / width for one, width in zip(self._ratios, wide, strict=True)]
        self._weights = [one + 1.0 / width for one, width in zip(self._weights, wide, strict=True)]

    def _exact(self, window: Window, followed: float) -> list[float]:
        """
        Return the log e-value of this window alone for each alternative, under counting noise.

        Which form it has may depend on the sum of the bad ones only where the form is exact given that sum: the block form is not.
        """
        usual, fits = self.calm.seen, window.candidate_n <= hypergeometric.MOST_REQUESTS
        if fits and hypergeometric.is_high(window):
            return hypergeometric.log_ratios(window, self._effects.allowed, (*FACTORS, exp(followed)))
        if not fits and self._effects.allowed == 1.0 and usual.n and usual.rate > hypergeometric.HIGH_RATE:
            return block.log_ratios(window, min(0.99, usual.rate), (*FACTORS, exp(followed)))
        rho = window.candidate_n / (window.candidate_n + window.control_n)
        bad, mine = window.bad, window.candidate_bad
        logs = [mine * gain - bad * shrink for gain, shrink in zip(LOG_FACTORS, self._effects.shrinks(rho), strict=True)]
        logs.append(mine * followed - bad * self._effects.shrink(rho, exp(followed)))
        return logs


def log_normal_mixture(weighted: float, weight: float) -> float:
    """Return the log likelihood ratio of a positive log ratio, half normal with deviation one, to none, from the same sums."""
    score = weighted / sqrt(2.0 + 2.0 * weight)
    return score * score - 0.5 * log(1.0 + weight) + log(max(erfc(-score), 1e-300))


def bet_on(mine: float, expected: float, bad: float) -> float:
    """Return the log factor that was shown before: the candidate's bad requests, how many were expected, and those of both."""
    found = log((mine + 0.5) * (bad - expected + 0.5) / ((bad - mine + 0.5) * (expected + 0.5)))
    return min(max(found, _LEAST_BET), _MOST_BET)
