"""
A mean's comparison, window by window: cost, score, latency where there are no counts.

A window's difference is the candidate's mean minus the allowed multiple of the control's, or the reverse where less is worse. It
costs eight windows before anything is said, so counts and histograms are better where they can be had.
"""

from math import inf
from typing import NamedTuple

from rollguard_detector.core.comparison.course import Budget
from rollguard_detector.core.comparison.means import MeanEvidence
from rollguard_detector.core.comparison.verdicts import Finding, verdict_of
from rollguard_detector.core.comparison.window import Window


class MeanWindow(NamedTuple):
    """Requests of either arm in a window, and the mean of the metric over them (any number where there are none)."""

    control_n: int
    control_mean: float
    candidate_n: int
    candidate_mean: float

    @property
    def compares(self) -> bool:
        """Whether both arms served."""
        return self.control_n > 0 and self.candidate_n > 0


class MeanCourse:
    """The state after some windows; copies are independent."""

    __slots__ = ("_budget", "_control", "_evidence", "_less_is_worse", "_plain", "_total", "is_degraded", "log_e")

    def __init__(self, budget: Budget, *, less_is_worse: bool = False) -> None:
        self._budget, self._less_is_worse = budget, less_is_worse
        self._evidence, self._plain, self._control = MeanEvidence(), MeanEvidence(), MeanEvidence()
        self._total = (0, 0)
        self.log_e = 0.0
        self.is_degraded = False

    def copy(self) -> "MeanCourse":
        """Return another with the same state."""
        other = MeanCourse(self._budget, less_is_worse=self._less_is_worse)
        other._evidence.merge(self._evidence)
        other._plain.merge(self._plain)
        other._control.merge(self._control)
        other._total, other.log_e, other.is_degraded = self._total, self.log_e, self.is_degraded
        return other

    def learn(self, window: MeanWindow) -> None:
        """Take the next window in."""
        self._total = (self._total[0] + window.control_n, self._total[1] + window.candidate_n)
        if not window.compares:
            return
        worse = -1.0 if self._less_is_worse else 1.0
        plain = worse * (window.candidate_mean - window.control_mean)
        self._evidence.add(plain - self._budget.margin * abs(window.control_mean))
        self._plain.add(plain)
        self._control.add(window.control_mean)
        self.log_e = self._evidence.log_e()
        if self.log_e >= self._budget.needed:
            self.is_degraded = True
        elif self.log_e < 0.0 and self._evidence.mean < 0.0:
            self.is_degraded = False

    def finding(self) -> Finding:
        """Return what is to be said; the effect is the candidate's mean as a multiple of the control's."""
        low, high = self._interval()
        toward_worse = 2.0 - low if self._less_is_worse else high
        return Finding(
            log_e=self.log_e,
            verdict=verdict_of(is_degraded=self.is_degraded, effect_high=toward_worse, healthy_below=self._budget.healthy_below),
            attribution="rollout" if self.is_degraded else "unknown",
            effect_low=low,
            effect_high=high,
            total=Window(self._total[0], 0, self._total[1], 0),
        )

    def _interval(self) -> tuple[float, float]:
        control = abs(self._control.mean) if self._control.windows else 0.0
        low, high = self._plain.interval(self._budget.alpha)
        if not control or high == inf:
            return -inf, inf
        if self._less_is_worse:
            low, high = -high, -low
        return 1.0 + low / control, 1.0 + high / control
