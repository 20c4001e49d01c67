"""
What is to be said of one metric of a rollout: its finding, and whether its effect is one that matters.

The rule: an effect in the metric's own unit that is smaller than what matters is no harm however certain it is, and a candidate
whose whole effect is shown to be smaller is healthy, also where nothing is bad in either arm and no ratio can be formed.
"""

from math import log
from typing import NamedTuple

from rollguard_detector.core.comparison.any_course import AnyCourse, Judged, Levels, levels_of
from rollguard_detector.core.comparison.course import Course
from rollguard_detector.core.comparison.histogram_course import HistogramCourse
from rollguard_detector.core.comparison.mean_course import MeanCourse
from rollguard_detector.core.comparison.objective import ObjectiveEvidence
from rollguard_detector.core.comparison.verdicts import Finding, finding_of


class MetricFinding(NamedTuple):
    """One metric against one kind of control, with the levels of both arms; a complement counts what is missing from the whole."""

    metric: str
    is_concurrent: bool
    finding: Finding
    levels: Levels
    is_complement: bool = False


def finding_for(metric: str, course: AnyCourse, judged: Judged, *, is_concurrent: bool) -> MetricFinding:
    """Judge a metric; a control of another hour can show nothing that both arms shared."""
    finding = finding_of(course) if isinstance(course, Course) else course.finding()
    if not is_concurrent:
        finding = finding._replace(attribution="rollout" if finding.verdict == "degraded" else "unknown")
    levels = levels_of(course)
    if finding.verdict == "degraded" and not is_relevant(levels, judged):
        finding = finding._replace(verdict="inconclusive", attribution="unknown")
    if finding.verdict == "inconclusive" and judged.min_effect and _is_below_what_matters(course, finding, judged):
        finding = finding._replace(verdict="healthy")
    return MetricFinding(metric, is_concurrent, finding, levels, isinstance(course, Course) and judged.less_is_worse)


def is_relevant(levels: Levels, judged: Judged) -> bool:
    """Say whether the difference of the levels is one that matters; nobody knows where one is missing."""
    control, candidate = levels
    if not judged.min_effect or control is None or candidate is None:
        return True
    return abs(candidate - control) >= judged.min_effect


def _is_below_what_matters(course: AnyCourse, finding: Finding, judged: Judged) -> bool:
    control = levels_of(course)[0]
    if control is None or isinstance(course, HistogramCourse):
        return False
    is_mean_that_falls = isinstance(course, MeanCourse) and judged.less_is_worse
    worst = 1.0 - finding.effect_low if is_mean_that_falls else finding.effect_high - 1.0
    if control and worst * abs(control) < judged.min_effect:
        return True
    return isinstance(course, Course) and _is_rate_below(course, judged)


def _is_rate_below(course: Course, judged: Judged) -> bool:
    """Say whether the candidate's whole rate is shown to be less than what matters, so that no difference can be more."""
    n, bad = course.total.candidate_n, course.total.candidate_bad
    if judged.min_effect >= 1.0 or not n:
        return False
    return ObjectiveEvidence(n, n - bad).log_e(1.0 - judged.min_effect) >= -log(judged.budget.alpha)
