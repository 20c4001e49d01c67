"""
A mean's comparison, window by window: cost, score, latency where there are no counts.

A window's difference is the candidate's mean minus the allowed multiple of the control's, or the reverse where less is worse. It
costs eight windows before anything is said, so counts and histograms are better where they can be had. Against a control of another
period the level may differ by what periods differ (``periods``); where that is not known, nothing is said at all.
"""

from copy import copy
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

    __slots__ = ("_between", "_budget", "_less_is_worse", "_total", "control", "evidence", "is_degraded", "log_e", "plain")

    def __init__(self, budget: Budget, *, less_is_worse: bool = False, between: float | None = 0.0) -> None:
        self._budget, self._less_is_worse, self._between = budget, less_is_worse, between
        self.evidence, self.plain, self.control = MeanEvidence(), MeanEvidence(), MeanEvidence()
        self._total = (0, 0)
        self.log_e = 0.0
        self.is_degraded = False

    def copy(self) -> "MeanCourse":
        """Return another with the same state."""
        other = copy(self)
        other.evidence, other.plain, other.control = copy(self.evidence), copy(self.plain), copy(self.control)
        return other

    def learn(self, window: MeanWindow) -> None:
        """Take the next window in."""
        self._total = (self._total[0] + window.control_n, self._total[1] + window.candidate_n)
        if not window.compares:
            return
        worse = -1.0 if self._less_is_worse else 1.0
        plain = worse * (window.candidate_mean - window.control_mean)
        self.evidence.add(plain - self._budget.margin * abs(window.control_mean) - (self._between or 0.0))
        self.plain.add(plain)
        self.control.add(window.control_mean)
        if self._between is None:
            return
        self.log_e = self.evidence.log_e()
        if self.log_e >= self._budget.needed:
            self.is_degraded = True
        elif self.log_e < 0.0 and self.evidence.mean < 0.0:
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

    def levels(self) -> tuple[float | None, float | None]:
        """Return the control's mean and the candidate's, over the windows in which both served."""
        if not self.control.windows:
            return None, None
        worse = -1.0 if self._less_is_worse else 1.0
        return self.control.mean, self.control.mean + worse * self.plain.mean

    def _interval(self) -> tuple[float, float]:
        control = abs(self.control.mean) if self.control.windows else 0.0
        low, high = self.plain.interval(self._budget.alpha)
        if not control or high == inf or self._between is None:
            return -inf, inf
        if self._less_is_worse:
            low, high = -high, -low
        return 1.0 + (low - self._between) / control, 1.0 + (high + self._between) / control
