"""
One rollout under way: the windows of its candidate against their control, and what they say.

The rule: the state is a function of what ledger and hours hold, whenever it was looked at. A window that changed after it was
looked at is compared again in its place; where the candidate turns out to have begun earlier, which moves the ages, or something
comes late from before the rollout, on which the control of equal age rests, all of them are.
"""

from collections.abc import Sequence
from math import floor
from typing import Any

from rollguard_detector.core.comparison.any_course import Judged
from rollguard_detector.core.comparison.periods import difference_allowed
from rollguard_detector.core.comparison.rollout_course import CourseKey, RolloutCourse
from rollguard_detector.core.comparison.timeline import Timeline
from rollguard_detector.core.trials.facts import RolloutFacts
from rollguard_detector.core.trials.hours import HourBook
from rollguard_detector.core.trials.ledger import Ledger, mirror_of
from rollguard_detector.core.trials.noise import NOTHING_TOLD, Noise, noise_before
from rollguard_detector.core.trials.pairs import Arms, Pair, means_before, pair, samples_of
from rollguard_detector.core.trials.terms import TrialTerms
from rollguard_schemas.signals import Control

# Of a metric's weight: what runs beside the candidate is the better control, and mostly the only one that is needed.
_CONCURRENT_SHARE = 0.8

Item = tuple[tuple[CourseKey, Any], ...]


class Trial:
    """The comparison of one rollout."""

    __slots__ = ("_between", "_controls", "_is_stale", "_looked_at", "_terms", "_timeline", "arms", "facts", "noise")

    def __init__(self, terms: TrialTerms, facts: RolloutFacts) -> None:
        self._terms, self.facts = terms, facts
        self.arms = Arms(
            facts.control, facts.candidate, floor(facts.began_at_seconds / terms.window_seconds), None, terms.window_seconds
        )
        self._between: dict[str, float | None] = {}  # how much a mean may differ between periods
        # How much healthy arms differ, by metric, as told before the rollout by windows that may be forgotten; None: not asked yet.
        self.noise: dict[str, Noise] | None = None
        self._is_stale = True
        self._begin_anew()

    @property
    def course(self) -> RolloutCourse:
        """The state after all windows that were looked at."""
        return self._timeline.state

    @property
    def end_window(self) -> int:
        """The window before which the rollout is compared; what comes later is the guard's."""
        return self.arms.start_window + self._terms.most_windows

    def look(self, ledger: Ledger, hours: HourBook, until_window: int, changed: set[int]) -> None:
        """Compare the windows before ``until_window`` that are new, or of which something came late."""
        served, mirrored = (self._in_time(ledger.windows(arm), until_window) for arm in self.own())
        first, is_heard = served[0] if served else None, bool(served or mirrored)
        if self._is_stale or first != self.arms.first_window or (is_heard and self.noise is None):
            self._take_past(ledger, hours, first, is_heard=is_heard)
        for window in sorted({*served, *mirrored}):
            if window in self._looked_at and window not in changed:
                continue
            self._looked_at.add(window)
            item = self._item(ledger, window)
            if item:
                self._timeline.add((float(window), ""), item)

    def touched(self, window: int) -> set[int]:
        """Return which windows are to be compared again after something came late; all, if it lies before the rollout."""
        if window < self.arms.start_window:
            self._is_stale, self.noise = True, None
        return set(self._looked_at) if self._is_stale else {window}

    def pairs_of(self, ledger: Ledger, key: CourseKey, *, without: str | None) -> list[Pair]:
        """Return the windows of one metric and control again, without a replica of the candidate."""
        found = [pair(ledger, self.arms, window, key[0], without=without) for window in sorted(self._looked_at)]
        return [one for one in found if one is not None and one.is_concurrent == key[1]]

    def control_of(self, key: CourseKey) -> Control:
        """Return with what most windows of a metric were compared, of those that had a control."""
        kinds: list[Control] = [one for one in self._controls.get(key, {}).values() if one != "objective"]
        return max(sorted(set(kinds)), key=kinds.count, default="objective")

    def noise_of(self, metric: str) -> Noise:
        """Return how much healthy arms differ in a metric."""
        return (self.noise or {}).get(metric, NOTHING_TOLD)

    def remark_of(self, key: CourseKey) -> str:
        """Return what has to be known of a metric's control besides its name; empty where it is of the same time."""
        if key[1]:
            return ""
        if self._between.get(key[0], 0.0) is None:
            return "how far it differs between periods is not known yet, so it does not act"
        return "what the time of day explains is divided out" if key[0] in self.arms.shapes else ""

    def judged(self) -> dict[CourseKey, Judged]:
        """Return how each metric is judged against each kind of control."""
        return {
            (metric.metric, is_concurrent): Judged(
                budget=self._terms.budget(metric, self.noise_of(metric.metric).prior, is_concurrent=is_concurrent),
                weight=metric.weight * share,
                alpha_share=metric.alpha_share * share,
                less_is_worse=metric.less_is_worse,
                min_effect=metric.min_effect,
                between=0.0 if is_concurrent else self._between.get(metric.metric, 0.0),
            )
            for metric in self._terms.metrics
            for is_concurrent, share in ((True, _CONCURRENT_SHARE), (False, 1.0 - _CONCURRENT_SHARE))
        }

    def _item(self, ledger: Ledger, window: int) -> Item:
        found = [one for metric in self._terms.metrics if (one := pair(ledger, self.arms, window, metric.metric)) is not None]
        for one in found:
            self._controls.setdefault((one.metric, one.is_concurrent), {})[window] = one.control
        return tuple(((one.metric, one.is_concurrent), one.window) for one in found)

    def own(self) -> tuple[str, str]:
        """Return the names under which the candidate is counted, serving and answering a mirror."""
        return self.facts.candidate, mirror_of(self.facts.candidate)

    def _in_time(self, windows: Sequence[int], until_window: int) -> list[int]:
        return [one for one in windows if self.arms.start_window <= one < min(until_window, self.end_window)]

    def _take_past(self, ledger: Ledger, hours: HourBook, first_window: int | None, *, is_heard: bool) -> None:
        """Freeze what is compared with: the shapes of the day, and how far the control's means differed between periods."""
        begins = self.arms.start_window * self._terms.window_seconds
        self.arms = self.arms._replace(first_window=first_window, shapes=hours.shapes(begins))
        means = {one.metric: means_before(ledger, self.arms, one.metric) for one in self._terms.metrics}
        self._between = {
            metric: difference_allowed(known, self._terms.alpha) for metric, known in means.items() if known is not None
        }
        if is_heard and self.noise is None:  # not for every window before the rollout again
            most = self._terms.most_windows
            self.noise = {one.metric: noise_before(ledger, self.arms, one.metric, most) for one in self._terms.metrics}
        self._is_stale = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        judged = self.judged()
        alpha = next(iter(judged.values())).budget.soft_alpha
        self._looked_at: set[int] = set()
        self._controls: dict[CourseKey, dict[int, Control]] = {}  # of each window
        self._timeline: Timeline[RolloutCourse, Item] = Timeline(RolloutCourse(judged, alpha), size=_size)


def _size(item: Item) -> int:
    """Return how many samples a window has: a later report of it has more."""
    return sum([sum(samples_of(window)) for _, window in item])
