"""
After the rollout: the revision is watched on, against what it was when that ended, or against the one before while it serves.

An e-detector for each rate (``comparison/guard``), and for each bound of a histogram; the run length to a false alarm holds for all
of them together. The rule: windows come in the order of their time, each once; what comes late is not counted here, as an alarm
cannot be taken back. An alarm that persists is said once.
"""

from typing import NamedTuple

import msgspec

from rollguard_detector.core.comparison.course import Course
from rollguard_detector.core.comparison.frozen import FrozenRate
from rollguard_detector.core.comparison.guard import Guard, alarms_at
from rollguard_detector.core.comparison.histogram_course import HistogramCourse
from rollguard_detector.core.comparison.rollout_course import RolloutCourse
from rollguard_detector.core.comparison.window import Window
from rollguard_detector.core.trials.ledger import Ledger
from rollguard_detector.core.trials.pairs import Arms
from rollguard_detector.core.trials.tallies import counts_beyond
from rollguard_detector.core.trials.terms import TrialTerms

_QUIET_WINDOWS = 60  # after which an alarm is over


class Watched(msgspec.Struct, array_like=True):
    """One rate: its metric, the bound beyond which it counts (None: bad ones), what was usual, and the detector's levels."""

    metric: str
    bound: float | None
    n: int
    bad: int
    levels: list[float]


class Alarm(NamedTuple):
    """What alarmed, its log value, and the two levels; ``is_over`` where the alarm did not come again."""

    metric: str
    log_value: float
    usual: float
    seen: float
    is_concurrent: bool
    is_over: bool = False


class AfterKept(msgspec.Struct, frozen=True, array_like=True):
    """All that is known, to be kept over a restart."""

    next_window: int
    alarmed_at: int | None
    watched: tuple[Watched, ...]


class After:
    """The guard over one revision."""

    __slots__ = ("_alarmed_at", "_arms", "_next_window", "_terms", "_watched")

    def __init__(self, terms: TrialTerms, arms: Arms, kept: AfterKept) -> None:
        self._terms, self._arms = terms, arms
        self._next_window, self._alarmed_at, self._watched = kept.next_window, kept.alarmed_at, kept.watched

    @property
    def needed(self) -> float:
        """The log value of an alarm; the rates share the run length."""
        return alarms_at(self._terms.windows_to_a_false_alarm * max(len(self._watched), 1))

    def kept(self) -> AfterKept:
        """Return what is known."""
        return AfterKept(self._next_window, self._alarmed_at, self._watched)

    def pass_to(self, until_window: int, ledger: Ledger) -> Alarm | None:
        """Watch the windows before this one that are new; return the first alarm, or that one is over."""
        found: Alarm | None = None
        for window in [one for one in ledger.windows(self._arms.candidate) if self._next_window <= one < until_window]:
            alarms = [alarm for one in self._watched if (alarm := self._watch(one, window, ledger)) is not None]
            if alarms:
                found = found or (max(alarms, key=lambda alarm: alarm.log_value) if self._alarmed_at is None else None)
                self._alarmed_at = window
            elif self._alarmed_at is not None and window - self._alarmed_at >= _QUIET_WINDOWS:
                self._alarmed_at = None
                found = found or Alarm(self._watched[0].metric, 0.0, 0.0, 0.0, is_concurrent=False, is_over=True)
        self._next_window = max(self._next_window, until_window)
        return found

    def _watch(self, one: Watched, window: int, ledger: Ledger) -> Alarm | None:
        both = (self._arms.control, self._arms.candidate)
        control, candidate = (counts_beyond(ledger.whole(revision, window, one.metric), one.bound) for revision in both)
        counts = Window(*control, *candidate)
        if not counts.candidate_n:
            return None
        metric = next(metric for metric in self._terms.metrics if metric.metric == one.metric)
        is_concurrent = counts.control_n > 0
        guard = Guard(metric.budget_margin if is_concurrent else max(metric.budget_margin, metric.relevant))
        guard.levels = list(one.levels)
        usual = FrozenRate(one.n, one.bad)
        value = guard.watch(counts) if is_concurrent else guard.watch_alone(usual, counts.candidate_n, counts.candidate_bad)
        one.levels = list(guard.levels)
        if value < self.needed:
            return None
        guard.restart()
        one.levels = list(guard.levels)
        rate = counts.control_bad / counts.control_n if is_concurrent else usual.rate
        return Alarm(one.metric, value, rate, counts.candidate_bad / counts.candidate_n, is_concurrent)


def begin(course: RolloutCourse, terms: TrialTerms, arms: Arms, from_window: int) -> After | None:
    """Watch on from a window; None where the rollout was bad, or nothing that counts was heard of it."""
    if course.is_degraded:
        return None
    rates: dict[tuple[str, float | None], tuple[int, int]] = {}
    for (metric, _), known in course.courses.items():
        bounds = known.bounds if isinstance(known, HistogramCourse) else (None,)
        courses = known.courses if isinstance(known, HistogramCourse) else [known] if isinstance(known, Course) else []
        for bound, counted in zip(bounds, courses, strict=False):
            n, bad = rates.get((metric, bound), (0, 0))
            rates[metric, bound] = (n + counted.total.candidate_n, bad + counted.total.candidate_bad)
    fresh = Guard().levels
    watched = tuple(Watched(metric, bound, n, bad, list(fresh)) for (metric, bound), (n, bad) in rates.items() if n)
    return After(terms, arms, AfterKept(from_window, None, watched)) if watched else None
