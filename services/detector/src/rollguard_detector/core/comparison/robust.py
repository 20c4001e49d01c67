"""
The evidence of a rollout as it is decided on: exact where counting is the only noise, cautious by itself where it is not.

For each variance of the arms' noise (`dispersion`) a mixture over effects is kept: the exact split of counts for none, a normal one of
the log ratio of rates for the others. What they say is averaged, weighted by how well each variance explains the windows if nothing
is wrong, and the smaller of that and the exact evidence counts: so with counting noise alone the error stays below alpha by Ville's
inequality, whatever the weighing does, and with more of it the evidence gives way before anybody tunes anything.

Windows come in the order of their time. A twentieth of the stake waits for faults that begin later (weights 1/t**(1/4) -
1/(t+1)**(1/4)), so that a long good time does not have to be paid back first.
"""

from collections.abc import Sequence
from math import exp, log

from rollguard_detector.core.comparison import block, hypergeometric
from rollguard_detector.core.comparison.calm import ControlCalm
from rollguard_detector.core.comparison.dispersion import CAUTION, PRIOR, SPREADS, VARIANCES
from rollguard_detector.core.comparison.effects import LOG_FACTORS, SHARES, Effects
from rollguard_detector.core.comparison.window import Window

LATER = 0.05  # of the stake, for faults that begin later
_MOST = 1e100  # more would only be printed
_MOST_STEP = 230.0
_SQUARES = tuple([gain * gain for gain in LOG_FACTORS])
_NOISY = range(1, len(SPREADS))


class RobustEvidence:
    """The evidence of the windows so far; copies are independent."""

    __slots__ = ("_effects", "_logs", "_moved", "_nulls", "_prior", "_stakes", "_weights", "calm", "largest_step", "log_e")

    def __init__(self, effects: Effects, prior: Sequence[float] = PRIOR) -> None:
        self._effects, self._prior = effects, [log(share) for share in prior]
        self._stakes = [[1.0 - LATER] * len(SHARES) for _ in SPREADS]
        self._nulls = [0.0] * len(SPREADS)
        self._weights = [(0.0, 0.0)] * len(SPREADS)
        self._moved = 0
        self._logs = list(self._prior)  # of how well each variance explains all windows if nothing is wrong, up to a common term
        self.calm = ControlCalm()
        self.log_e = self.largest_step = 0.0

    def copy(self) -> "RobustEvidence":
        """Return another with the same state."""
        other = RobustEvidence.__new__(RobustEvidence)
        other._effects, other._prior, other._moved = self._effects, self._prior, self._moved
        other._stakes, other._nulls = [list(stakes) for stakes in self._stakes], list(self._nulls)
        other._weights, other._logs = list(self._weights), self._logs
        other.calm, other.log_e, other.largest_step = self.calm.copy(), self.log_e, self.largest_step
        return other

    @property
    def without_largest_step(self) -> float:
        """The log e-value that is left without the one window that added most to it."""
        return self.log_e - self.largest_step

    def learn(self, window: Window, *, is_usual: bool = True) -> None:
        """Take the next window in; one in which the control is not as usual says nothing about how calm it is."""
        if window[1] + window[3] and window[0] and window[2]:
            self._bet(window)
        if is_usual:
            self.calm.learn(window[0], window[1])
        calm = self.calm.against()
        self._logs = [prior + null + one for prior, null, one in zip(self._prior, self._nulls, calm, strict=True)]
        before = self.log_e
        self.log_e = self._value()
        if self.log_e - before > self.largest_step:
            self.largest_step = self.log_e - before

    def noise_found(self) -> tuple[int, float, float]:
        """
        Return which variance explains the windows best if any effect is allowed, and for it the sums for `normal_interval`.

        Those are the sum of log ratios over the allowed one, each by the inverse of its variance, and the sum of these weights.
        """
        gains = [weighted * weighted / (2.0 * weight) if weight else 0.0 for weighted, weight in self._weights]
        logs = [one + gain for one, gain in zip(self._logs, gains, strict=True)]
        index = logs.index(max(logs))
        return index, *self._weights[index]

    def variance(self) -> float:
        """Return the variance of the arms' noise that explains the windows best."""
        return VARIANCES[self.noise_found()[0]]

    def _value(self) -> float:
        waiting = LATER * (self._moved + 1.0) ** -0.25
        highest = max(self._logs)
        believed = [exp(one - highest) for one in self._logs]
        values = [sum([share * stake for share, stake in zip(SHARES, stakes, strict=True)]) for stakes in self._stakes]
        average = sum([weight * value for weight, value in zip(believed, values, strict=True)]) / sum(believed)
        return log(min(values[0], average) + waiting)

    def _bet(self, window: Window) -> None:
        self._moved += 1
        entering = LATER * (self._moved**-0.25 - (self._moved + 1.0) ** -0.25)
        ratio, noise, odd = _log_ratio_of_rates(window, self._effects.log_allowed)
        plain = odd - 0.5 * log(noise)
        self._stakes[0] = _grown(self._stakes[0], self._exact(window), entering)
        self._weigh(0, ratio, noise)
        for index in _NOISY:
            explained, wide = noise + SPREADS[index], noise + CAUTION * SPREADS[index]
            self._nulls[index] += -0.5 * log(explained) - ratio * ratio / (2.0 * explained) - plain
            a, b = ratio / wide, 0.5 / wide
            logs = [a * gain - b * square for gain, square in zip(LOG_FACTORS, _SQUARES, strict=True)]
            self._stakes[index] = _grown(self._stakes[index], logs, entering)
            self._weigh(index, ratio, wide)

    def _weigh(self, index: int, ratio: float, variance: float) -> None:
        weighted, weight = self._weights[index]
        self._weights[index] = (weighted + ratio / variance, weight + 1.0 / variance)

    def _exact(self, window: Window) -> Sequence[float]:
        """Return the log e-value of this window alone for each alternative, under counting noise."""
        if hypergeometric.is_high(window):
            if hypergeometric.terms(window) <= hypergeometric.MOST_TERMS:
                return hypergeometric.log_ratios(window, self._effects.allowed)
            if self._effects.allowed == 1.0 and self.calm.seen.n:
                return block.log_ratios(window, min(0.99, self.calm.seen.rate))
        shrinks = self._effects.shrinks(window.candidate_n / (window.candidate_n + window.control_n))
        bad, mine = window.bad, window.candidate_bad
        return [mine * gain - bad * shrink for gain, shrink in zip(LOG_FACTORS, shrinks, strict=True)]


def _grown(stakes: list[float], logs: Sequence[float], entering: float) -> list[float]:
    """Return the stakes after a window, with what enters before it."""
    if max(logs) > _MOST_STEP:
        logs = [min(one, _MOST_STEP) for one in logs]
    grown = [exp(one) * (stake + entering) for one, stake in zip(logs, stakes, strict=True)]
    return grown if max(grown) < _MOST else [min(one, _MOST) for one in grown]


def _log_ratio_of_rates(window: Window, log_allowed: float) -> tuple[float, float, float]:
    """
    Return the log ratio of the arms' rates above the allowed one, its variance by counting, and the log probability of the split.

    Odds where many are bad, as the exact form has it. The probability is the saddlepoint one (exp of minus half the deviance), so
    that a split that counting cannot explain is not called explained by a normal tail.
    """
    control_n, control_bad, candidate_n, candidate_bad = window
    noise = 1.0 / (candidate_bad + 0.5) + 1.0 / (control_bad + 0.5)
    ratio = log((candidate_bad + 0.5) / (control_bad + 0.5))
    if hypergeometric.is_high(window):
        candidate_good, control_good = candidate_n - candidate_bad + 0.5, control_n - control_bad + 0.5
        noise += 1.0 / candidate_good + 1.0 / control_good
        ratio -= log(candidate_good / control_good) + log_allowed
        return ratio, noise, -ratio * ratio / (2.0 * noise)
    share = log(candidate_n / control_n) + log_allowed
    return ratio - share, noise, -_half_deviance(candidate_bad, control_bad, 1.0 / (1.0 + exp(-share)))


def _half_deviance(mine: int, others: int, share: float) -> float:
    bad = mine + others
    half = mine * log(mine / (bad * share)) if mine else 0.0
    return half + (others * log(others / (bad * (1.0 - share))) if others else 0.0)
