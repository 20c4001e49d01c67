"""
What is said of a rollout at last: verdict, what it is put down to, the effect with its interval, and from how much.

The rule: no data is no verdict, and inconclusive is an answer. Healthy needs proof as much as degraded does: the whole interval
below what is allowed.
"""

from math import inf
from typing import Literal, NamedTuple

from rollguard_detector.core.comparison.course import Course
from rollguard_detector.core.comparison.window import EMPTY, Window

Verdict = Literal["healthy", "degraded", "inconclusive"]
Attribution = Literal["rollout", "global", "segment", "upstream", "unknown"]


class Finding(NamedTuple):
    """The state of a comparison; an effect is the candidate's rate (or mean) as a multiple of the control's."""

    log_e: float = 0.0
    verdict: Verdict = "inconclusive"
    attribution: Attribution = "unknown"
    effect_low: float = 0.0
    effect_high: float = inf
    total: Window = EMPTY
    noise_variance: float = 0.0
    segment: str = ""


NOTHING_KNOWN = Finding()


def verdict_of(*, is_degraded: bool, effect_high: float, healthy_below: float) -> Verdict:
    """Return the verdict: degraded before healthy, as a small certain harm is still a harm beyond the margin."""
    if is_degraded:
        return "degraded"
    return "healthy" if effect_high < healthy_below else "inconclusive"


def finding_of(course: Course, segment: str | None = None) -> Finding:
    """Return what is to be said of a course; ``segment`` is the one replica or zone that carries the evidence alone."""
    is_degraded = course.is_degraded or course.is_hard_breach
    variance, low, high = course.interval()
    attribution = attribution_of(course, is_degraded=is_degraded)
    if segment is not None and attribution == "rollout":
        is_degraded, attribution = False, "segment"
    return Finding(
        log_e=course.evidence.log_e,
        verdict=verdict_of(is_degraded=is_degraded, effect_high=high, healthy_below=course.budget.healthy_below),
        attribution=attribution,
        effect_low=low,
        effect_high=high,
        total=course.total,
        noise_variance=variance,
        segment=segment or "",
    )


def attribution_of(course: Course, *, is_degraded: bool) -> Attribution:
    """Return what a course's windows are put down to."""
    if not is_degraded:
        return "global" if course.shared.seen else "unknown"
    if not course.total.control_n:
        return "unknown"  # nothing to compare with: the candidate may be bad, or its world
    return "global" if course.shared.seen and course.is_carried_by_one_move else "rollout"
