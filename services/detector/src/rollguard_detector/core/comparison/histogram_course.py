"""
A histogram's comparison: the courses of its exceedances, averaged, as one.

Bounds are chosen as soon as enough requests were seen (`exceedance`), and the windows up to then are counted beyond them as well.
The verdict is on the average of the bounds' e-values, whatever their dependence; the interval is that of the bound that says
most.
"""

from copy import copy
from math import exp

from rollguard_detector.core.comparison.course import Budget, Course
from rollguard_detector.core.comparison.effects import log_mean_exp
from rollguard_detector.core.comparison.exceedance import LEAST_PER_RANK, HistogramWindow, beyond, choose_bounds
from rollguard_detector.core.comparison.verdicts import NOTHING_KNOWN, Finding, attribution_of, finding_of, verdict_of

_WITHOUT_LARGEST = 0.5
_LEAST_BEYOND = 30  # of both arms: beyond a bound that fewer pass, no traffic would ever be shown to be healthy


class HistogramCourse:
    """The state after some histogram windows; copies are independent."""

    __slots__ = ("_before", "_budget", "_largest_step", "bounds", "courses", "is_degraded", "log_e")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._before: tuple[HistogramWindow, ...] = ()  # windows before the bounds were chosen
        self.bounds: tuple[float, ...] = ()
        self.courses: list[Course] = []
        self.log_e = self._largest_step = 0.0
        self.is_degraded = False

    def copy(self) -> "HistogramCourse":
        """Return another with the same state."""
        other = copy(self)
        other.courses = [course.copy() for course in self.courses]
        return other

    def learn(self, window: HistogramWindow) -> None:
        """Take the next window in."""
        if self.bounds:
            self._count(window)
            return
        self._before = (*self._before, window)
        if sum([one.n for one in self._before]) < LEAST_PER_RANK:
            return
        self.bounds = choose_bounds(self._before)
        self.courses = [Course(self._budget) for _ in self.bounds]
        if self.bounds:
            for one in self._before:
                self._count(one)
            self._before = ()

    def finding(self) -> Finding:
        """Return what is to be said."""
        if not self.courses:
            return NOTHING_KNOWN
        said = [finding_of(course) for course in self.courses]
        most = max(said, key=lambda one: one.log_e)
        attribution = attribution_of(self.courses[said.index(most)], is_degraded=self.is_degraded)
        spoken = [one for one in said if one.total.bad >= _LEAST_BEYOND] or said
        high = max([one.effect_high for one in spoken])
        verdict = verdict_of(is_degraded=self.is_degraded, effect_high=high, healthy_below=self._budget.healthy_below)
        return most._replace(log_e=self.log_e, verdict=verdict, attribution=attribution)

    def leading(self) -> Course | None:
        """Return the course of the bound that says most; None before bounds were chosen."""
        return max(self.courses, key=lambda course: course.evidence.log_e, default=None)

    def bound(self) -> float | None:
        """Return the bound that says most; None before bounds were chosen."""
        leading = self.leading()
        return None if leading is None else self.bounds[self.courses.index(leading)]

    def contributions(self) -> dict[float, float]:
        """Return each bound's share of the e-value."""
        logs = [course.evidence.log_e for course in self.courses]
        return {bound: exp(one - self.log_e) / len(logs) for bound, one in zip(self.bounds, logs, strict=True)}

    def _count(self, window: HistogramWindow) -> None:
        for bound, course in zip(self.bounds, self.courses, strict=True):
            course.learn(beyond(window, bound))
        before = self.log_e
        self.log_e = log_mean_exp([course.evidence.log_e for course in self.courses], [1.0 / len(self.bounds)] * len(self.bounds))
        self._largest_step = max(self._largest_step, self.log_e - before)
        needed = self._budget.needed
        if self.log_e >= needed and self.log_e - self._largest_step >= _WITHOUT_LARGEST * needed:
            self.is_degraded = True
        elif self.log_e < 0.0:
            self.is_degraded = False
