"""
One metric of one rollout, window by window in the order of their time, up to a verdict that cannot flap.

Degraded is said when the evidence reaches 1/alpha and half of its logarithm is left without the window that added most: one bad
minute is no bad release. It stays until the evidence of all windows falls below one, that is, until later windows have said the
contrary as strongly as the earlier ones spoke: under a lasting fault that happens at most once in 1/alpha times. A candidate of
which half of the requests fail is degraded on a share of alpha of its own, unless its control fares no better.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from math import log

from rollguard_detector.core.comparison.dispersion import PRIOR, VARIANCES
from rollguard_detector.core.comparison.effects import Effects
from rollguard_detector.core.comparison.interval import EffectLikelihood
from rollguard_detector.core.comparison.objective import ObjectiveEvidence
from rollguard_detector.core.comparison.robust import RobustEvidence
from rollguard_detector.core.comparison.shared import SharedMove
from rollguard_detector.core.comparison.window import EMPTY, Window

_HARD_ALPHA_SHARE = 0.02
_HARD_RATE = 0.25  # evidence against "at most a quarter fails" comes quickly where half does
_WITHOUT_LARGEST = 0.5


@dataclass(frozen=True, slots=True)
class Budget:
    """What an operator states: how many healthy rollouts may be called degraded, and what counts as worse (shares of the rate)."""

    alpha: float = 0.01
    margin: float = 0.0
    relevant: float = 0.5  # what a healthy candidate is shown to stay below, where no margin is given
    prior: Sequence[float] = PRIOR
    hard_tests: int = 1  # over how many metrics the share of hard breaches is spread

    @property
    def allowed(self) -> float:
        """The ratio of rates up to which a candidate is no worse."""
        return 1.0 + self.margin

    @property
    def soft_alpha(self) -> float:
        """What hard breaches leave of alpha."""
        return (1.0 - _HARD_ALPHA_SHARE) * self.alpha

    @property
    def needed(self) -> float:
        """The log e-value of a verdict."""
        return -log(self.soft_alpha)

    @property
    def hard_needed(self) -> float:
        """The log e-value of a hard breach."""
        return -log(_HARD_ALPHA_SHARE * self.alpha / self.hard_tests)

    @property
    def healthy_below(self) -> float:
        """The ratio of rates that a healthy candidate stays below."""
        return 1.0 + (self.margin or self.relevant)


class Course:
    """The state after some windows; it fits into a kilobyte or two, and copies are independent."""

    __slots__ = ("_budget", "evidence", "is_degraded", "is_hard_breach", "likelihood", "outside", "shared", "total")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.evidence = RobustEvidence(Effects(budget.margin), budget.prior)
        self.outside: RobustEvidence | None = None  # of the windows outside of shared moves, from the first such move on
        self.shared = SharedMove()
        self.likelihood = EffectLikelihood()
        self.total = EMPTY
        self.is_degraded = self.is_hard_breach = False

    def copy(self) -> "Course":
        """Return another with the same state."""
        other = copy(self)
        other.evidence, other.shared, other.likelihood = self.evidence.copy(), self.shared.copy(), self.likelihood.copy()
        other.outside = None if self.outside is None else self.outside.copy()
        return other

    def learn(self, window: Window) -> None:
        """Take the next window in."""
        total = self.total
        self.total = Window(total[0] + window[0], total[1] + window[1], total[2] + window[2], total[3] + window[3])
        self.shared.learn(window, self.evidence.calm.logs)
        is_usual = not self.shared.is_open
        if self.outside is not None and is_usual:
            self.outside.learn(window)
        elif self.outside is None and not is_usual:
            self.outside = self.evidence.copy()
        self.evidence.learn(window, is_usual=is_usual)
        if window.compares:
            self.likelihood.learn(window)
        self._decide()

    @property
    def budget(self) -> Budget:
        """What the operator stated."""
        return self._budget

    @property
    def is_carried_by_one_move(self) -> bool:
        """Whether the evidence lies inside of a move of the control that was larger than the candidate's distance from it."""
        if self.outside is None or self.outside.log_e >= self._budget.needed:
            return False
        return self.shared.is_certain(self.evidence.calm.logs) and not self.shared.exceeds()

    def interval(self) -> tuple[float, float, float]:
        """
        Return the variance of the arms' noise that explains the windows best, and under it the effects that are not excluded.

        These are the lowest and the highest ratio of the candidate's rate to the control's.
        """
        allowed, alpha = self._budget.allowed, self._budget.alpha
        index, left = self.evidence.noise_found()
        low, high = self.likelihood.interval(alpha, left)
        if self.evidence.log_e >= self._budget.needed:
            low, high = max(low, allowed), max(high, allowed)
        return VARIANCES[index], low, high

    def _decide(self) -> None:
        needed, evidence = self._budget.needed, self.evidence
        if evidence.log_e >= needed and evidence.without_largest_step >= _WITHOUT_LARGEST * needed:
            self.is_degraded = True
        elif evidence.log_e < 0.0:
            self.is_degraded = False
        self.is_hard_breach = self._is_hard_breach()

    def _is_hard_breach(self) -> bool:
        total = self.total
        if total.candidate_bad <= _HARD_RATE * total.candidate_n or total.control_bad > 0.5 * _HARD_RATE * total.control_n:
            return False
        log_e = ObjectiveEvidence(total.candidate_n, total.candidate_bad).log_e(_HARD_RATE)
        return log_e >= self._budget.hard_needed or (self.is_hard_breach and log_e >= 0.0)
