"""
One metric of one rollout as windows arrive: in any order, some twice, some from one replica among many.
"""

from collections.abc import Callable
from typing import Any, Protocol

from rollguard_detector.core.comparison.course import Budget, Course
from rollguard_detector.core.comparison.histogram_course import HistogramCourse
from rollguard_detector.core.comparison.mean_course import MeanCourse
from rollguard_detector.core.comparison.planning import Reach, reach
from rollguard_detector.core.comparison.segments import Segments
from rollguard_detector.core.comparison.timeline import Timeline
from rollguard_detector.core.comparison.verdicts import NOTHING_KNOWN, Finding, finding_of
from rollguard_detector.core.comparison.window import Window


class ComparedStream(Protocol):
    """What is told a window and answers with what is known after all windows."""

    finding: Finding

    def take(self, at_seconds: float, segment: str, item: Any) -> Finding:
        """Take a window in, whenever it comes; return what is to be said now."""


class CountedStream:
    """A stream of counts; a window of a segment (replica, zone) is a window of its own."""

    __slots__ = ("_budget", "_segments", "_timeline", "_windows", "finding")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._timeline: Timeline[Course, Window] = Timeline(Course(budget), size=_requests)
        self._segments: Segments | None = None
        self._windows = 0
        self.finding = NOTHING_KNOWN

    def take(self, at_seconds: float, segment: str, item: Window) -> Finding:
        """Take a window in; one that was counted before changes nothing."""
        counts, replaced = self._timeline.add((at_seconds, segment), item)
        if counts:
            self._windows += replaced is None
            carrier = self._carrier(segment, item, replaced)
            self.finding = finding_of(self._timeline.state, carrier)
        return self.finding

    def reach(self) -> Reach:
        """Return what this traffic could have shown, and when it will show what matters."""
        budget, finding = self._budget, self.finding
        return reach(finding.total, self._windows, budget.needed - max(finding.log_e, 0.0), budget)

    def _carrier(self, segment: str, window: Window, replaced: Window | None) -> str | None:
        if segment and self._segments is None:
            self._segments = Segments(self._budget.margin)
        if self._segments is None:
            return None
        if replaced is not None:
            self._segments.add(segment, replaced, sign=-1)
        self._segments.add(segment, window)
        return self._segments.carrier(self._budget.needed) if self._timeline.state.is_degraded else None


class FoldedStream:
    """A stream of any other kind of window."""

    __slots__ = ("_timeline", "finding")

    def __init__(self, start: MeanCourse | HistogramCourse, size: Callable[[Any], object]) -> None:
        self._timeline: Timeline[Any, Any] = Timeline(start, size=size)
        self.finding = NOTHING_KNOWN

    def take(self, at_seconds: float, segment: str, item: Any) -> Finding:
        """Take a window in; one that was counted before changes nothing."""
        counts, _ = self._timeline.add((at_seconds, segment), item)
        if counts:
            self.finding = self._timeline.state.finding()
        return self.finding

    def contributions(self) -> dict[float, float]:
        """Return each bound's share of the e-value; nothing where there are no bounds."""
        state = self._timeline.state
        return state.contributions() if isinstance(state, HistogramCourse) else {}


def _requests(window: Window) -> tuple[int, Window]:
    return window.control_n + window.candidate_n, window
