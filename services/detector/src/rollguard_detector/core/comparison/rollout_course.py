"""
All metrics of one rollout, window by window in the order of their time, as one verdict.

The common evidence is the weighted mean of the metrics' e-values, whatever their dependence; a critical metric may also reach its
own share of the budget alone. As with one metric, degraded needs half of the logarithm without the window that added most, and
stays until the evidence has fallen below one. Healthy is a rollout of which every metric was shown to be; it stays until half of
the evidence for the contrary is there, or it would come and go with every window.
"""

from collections.abc import Mapping
from copy import copy
from math import log
from typing import Any

from rollguard_detector.core.comparison.any_course import AnyCourse, Judged, begin, has_control, is_hard_breach, log_e_of, take
from rollguard_detector.core.comparison.combine import Metric, combine
from rollguard_detector.core.comparison.metric_finding import MetricFinding, finding_for

CourseKey = tuple[str, bool]  # metric, whether its control is concurrent

_HALF = 0.5
_COMMON = ""


class RolloutCourse:
    """The state after some windows; copies are independent."""

    __slots__ = (
        "_alpha",
        "_contributions",
        "_judged",
        "_largest_steps",
        "_logs",
        "_needed",
        "courses",
        "is_degraded",
        "is_healthy",
        "windows",
    )

    def __init__(self, judged: Mapping[CourseKey, Judged], alpha: float) -> None:
        self._judged, self._alpha = judged, alpha
        self.courses: dict[CourseKey, AnyCourse] = {}
        self._contributions: Mapping[str, float] = {}
        own = {_name(key): one.alpha_share for key, one in judged.items() if one.alpha_share}
        self._needed = {
            _COMMON: -log((1.0 - sum(own.values())) * alpha),
            **{name: -log(part * alpha) for name, part in own.items()},
        }
        self._logs, self._largest_steps = dict.fromkeys(self._needed, 0.0), dict.fromkeys(self._needed, 0.0)
        self.windows = 0
        self.is_degraded = self.is_healthy = False

    def copy(self) -> "RolloutCourse":
        """Return another with the same state."""
        other = copy(self)
        other.courses = {key: course.copy() for key, course in self.courses.items()}
        other._logs, other._largest_steps = dict(self._logs), dict(self._largest_steps)  # noqa: SLF001  # the same class
        return other

    @property
    def log_e(self) -> float:
        """The common log e-value."""
        return self._logs[_COMMON]

    @property
    def needed(self) -> float:
        """The common log e-value at which a verdict is reached."""
        return self._needed[_COMMON]

    def learn(self, item: tuple[tuple[CourseKey, Any], ...]) -> None:
        """Take the next window of all metrics in; one whose kind is not that of its metric's earlier ones is passed over."""
        self.windows += 1
        for key, window in item:
            course = self.courses.get(key)
            if course is None:
                course = self.courses[key] = begin(self._judged[key], window)
            take(course, window)
        self._weigh()
        self._decide()

    def findings(self) -> list[MetricFinding]:
        """Return what is to be said of each metric that was heard; of two controls by that which says most."""
        found: dict[str, MetricFinding] = {}
        for key in sorted(self.courses, key=self._weight_of):
            said = finding_for(key[0], self.courses[key], self._judged[key], is_concurrent=key[1])
            known = found.get(key[0])
            if known is None or known.finding.verdict != "healthy" or said.finding.verdict == "degraded":
                found[key[0]] = said
        return [found[metric] for metric in sorted(found)]

    def lead(self) -> CourseKey | None:
        """Return the metric and control that say most, of hard breaches where there are any; None while there is nothing."""
        hard = [key for key, course in self.courses.items() if is_hard_breach(course)]
        return max(hard or self.courses, key=self._weight_of, default=None)

    def share(self, metric: str) -> float:
        """Return how much of the common evidence a metric has, by all of its controls."""
        return sum(self._contributions.get(_name((metric, is_concurrent)), 0.0) for is_concurrent in (True, False))

    def _weight_of(self, key: CourseKey) -> tuple[bool, float, CourseKey]:
        """Return by what the loudest is found: what has a control at all speaks first."""
        return has_control(self.courses[key]), self._contributions[_name(key)], key

    def _weigh(self) -> None:
        """Combine all metrics of the policy: one that is silent stakes its share on nothing, or weights would follow the data."""
        metrics = {
            _name(key): Metric(log_e_of(self.courses.get(key)), one.weight, one.alpha_share) for key, one in self._judged.items()
        }
        combined = combine(metrics, self._alpha)
        self._contributions = combined.contributions
        for test, before in self._logs.items():
            log_e = metrics[test].log_e if test else combined.log_e
            self._largest_steps[test] = max(self._largest_steps[test], log_e - before)
            self._logs[test] = log_e

    def _decide(self) -> None:
        if any(self._is_reached(test) for test in self._needed) or any(map(is_hard_breach, self.courses.values())):
            self.is_degraded = True
        elif max(self._logs.values()) < 0.0:
            self.is_degraded = False
        if self.is_degraded or self.log_e >= _HALF * self.needed:
            self.is_healthy = False
        elif not self.is_healthy:
            healthy = {one.metric for one in self.findings() if one.finding.verdict == "healthy"}
            self.is_healthy = healthy == {metric for metric, _ in self._judged}

    def _is_reached(self, test: str) -> bool:
        log_e, needed = self._logs[test], self._needed[test]
        return log_e >= needed and log_e - self._largest_steps[test] >= _HALF * needed


def _name(key: CourseKey) -> str:
    return f"{key[0]} {'concurrent' if key[1] else 'before'}"
