"""
The course of one metric, whichever kind of windows it has: counts, histograms or means.
"""

from typing import Any, NamedTuple

from rollguard_detector.core.comparison.course import Budget, Course
from rollguard_detector.core.comparison.exceedance import HistogramWindow
from rollguard_detector.core.comparison.histogram_course import HistogramCourse
from rollguard_detector.core.comparison.mean_course import MeanCourse, MeanWindow
from rollguard_detector.core.comparison.window import Window

AnyCourse = Course | HistogramCourse | MeanCourse
Levels = tuple[float | None, float | None]


class Judged(NamedTuple):
    """
    How one metric is judged against one kind of control; ``alpha_share`` is what a critical one may spend alone.

    ``between`` is how much a mean may differ from a control of another period, in its own unit; None: nobody knows.
    """

    budget: Budget
    weight: float = 1.0
    alpha_share: float = 0.0
    less_is_worse: bool = False
    min_effect: float = 0.0
    between: float | None = 0.0


def begin(judged: Judged, window: Any) -> AnyCourse:
    """Return a course for windows of this kind."""
    if isinstance(window, Window):
        return Course(judged.budget)
    if isinstance(window, MeanWindow):
        return MeanCourse(judged.budget, less_is_worse=judged.less_is_worse, between=judged.between)
    return HistogramCourse(judged.budget)


def take(course: AnyCourse, window: Any) -> None:
    """Let a course learn a window; one of another kind is passed over."""
    kind: type = Window if isinstance(course, Course) else MeanWindow if isinstance(course, MeanCourse) else HistogramWindow
    if isinstance(window, kind):
        course.learn(window)  # type: ignore[arg-type]  # of the course's own kind, as was just asked


def log_e_of(course: AnyCourse | None) -> float:
    """Return a course's log e-value; 0 of none."""
    if course is None:
        return 0.0
    return course.evidence.log_e if isinstance(course, Course) else course.log_e


def has_control(course: AnyCourse) -> bool:
    """Say whether there is anything that the candidate was compared with."""
    return not isinstance(course, Course) or course.total.control_n > 0


def is_hard_breach(course: AnyCourse) -> bool:
    """Say whether half of what a course counts is bad."""
    return isinstance(course, Course) and course.is_hard_breach


def levels_of(course: AnyCourse) -> Levels:
    """Return the control's and the candidate's rate or mean; of a histogram the share beyond the bound that says most."""
    if isinstance(course, MeanCourse):
        return course.levels()
    if isinstance(course, HistogramCourse):
        leading = course.leading()
        return (None, None) if leading is None else levels_of(leading)
    total = course.total
    control = total.control_bad / total.control_n if total.control_n else None
    return control, total.candidate_bad / total.candidate_n if total.candidate_n else None
