"""
What a rollout's comparison says at one moment: verdict, what it is put down to, and each metric with what could have been seen.
"""

from math import inf, isfinite
from typing import NamedTuple

from rollguard_detector.core.comparison.any_course import AnyCourse, is_hard_breach
from rollguard_detector.core.comparison.course import Course
from rollguard_detector.core.comparison.histogram_course import HistogramCourse
from rollguard_detector.core.comparison.mean_course import MeanCourse
from rollguard_detector.core.comparison.metric_finding import MetricFinding, is_relevant
from rollguard_detector.core.comparison.planning import Reach, reach
from rollguard_detector.core.comparison.rollout_course import CourseKey, RolloutCourse
from rollguard_detector.core.comparison.verdicts import Attribution, Verdict, attribution_of
from rollguard_detector.core.trials.ledger import Ledger
from rollguard_detector.core.trials.noise import Noise
from rollguard_detector.core.trials.replicas import carrier
from rollguard_detector.core.trials.trial import Trial
from rollguard_schemas.signals import Control

_NO_REACH = Reach(inf, inf)


class MetricOutcome(NamedTuple):
    """One metric, its share of the common evidence, and what its traffic could have shown."""

    found: MetricFinding
    share: float
    reach: Reach
    noise: Noise | None = None  # of what is counted


class Outcome(NamedTuple):
    """What is to be said of a rollout; the metrics by name, and the one that says most."""

    verdict: Verdict
    attribution: Attribution
    log_e: float
    needed: float
    windows: int
    metrics: tuple[MetricOutcome, ...]
    lead: MetricOutcome | None
    control: Control = "objective"
    segment: str = ""
    remark: str = ""


def outcome_of(trial: Trial, ledger: Ledger) -> Outcome:
    """Return what the windows say that were looked at."""
    course, lead = trial.course, trial.course.lead()
    metrics = tuple(_metric(course, found, trial) for found in course.findings())
    verdict, attribution, segment = _verdict(trial, ledger, lead)
    return Outcome(
        verdict=verdict,
        attribution=attribution,
        log_e=course.log_e,
        needed=course.needed,
        windows=course.windows,
        metrics=metrics,
        lead=next((one for one in metrics if lead is not None and one.found.metric == lead[0]), None),
        control=trial.control_of(lead) if lead else "objective",
        segment=segment,
        remark=trial.remark_of(lead) if lead else "",
    )


def _verdict(trial: Trial, ledger: Ledger, lead: CourseKey | None) -> tuple[Verdict, Attribution, str]:
    course = trial.course
    if not course.is_degraded or lead is None:
        has_moved = any(isinstance(one, Course) and one.shared.seen for key, one in course.courses.items() if key[1])
        return "healthy" if course.is_healthy else "inconclusive", "global" if has_moved else "unknown", ""
    attribution = _attribution(course.courses[lead], is_concurrent=lead[1])
    found = next(one for one in course.findings() if one.metric == lead[0])
    if not is_relevant(found.levels, trial.judged()[lead]):
        return "inconclusive", "unknown", ""
    segment = carrier(trial, ledger, lead) if attribution == "rollout" and not is_hard_breach(course.courses[lead]) else None
    return ("degraded", attribution, "") if segment is None else ("inconclusive", "segment", segment)


def _attribution(course: AnyCourse, *, is_concurrent: bool) -> Attribution:
    if not is_concurrent:
        return "rollout"
    counted = course.leading() if isinstance(course, HistogramCourse) else course
    return attribution_of(counted, is_degraded=True) if isinstance(counted, Course) else "rollout"


def _metric(course: RolloutCourse, found: MetricFinding, trial: Trial) -> MetricOutcome:
    known = course.courses[found.metric, found.is_concurrent]
    counted = known.leading() if isinstance(known, HistogramCourse) else known
    could = _NO_REACH
    if isinstance(counted, Course):
        missing = course.needed - max(course.log_e, 0.0)
        could = reach(counted.total, course.windows, missing, trial.judged()[found.metric, found.is_concurrent].budget)
    noise = None if isinstance(known, MeanCourse) else trial.noise_of(found.metric)
    return MetricOutcome(found, course.share(found.metric), could, noise)


def finite(number: float) -> float | None:
    """Return a number, or None where an end is open."""
    return number if isfinite(number) else None
