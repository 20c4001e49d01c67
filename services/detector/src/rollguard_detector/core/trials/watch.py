"""
The comparison of one workload's rollouts, point by point: what counts, which windows are whole, and when something is said.

The rule: everything follows from the points in the order of the log, by their event time; a window is whole half a window after
its end. Something is said when the verdict or what it is put down to changes, and now and then while it does not: after ten
windows, and whenever there are twice as many.
"""

from math import floor

from rollguard_detector.core.readings import labels_of, metric_of
from rollguard_detector.core.trials import after
from rollguard_detector.core.trials.facts import RolloutFacts, newer
from rollguard_detector.core.trials.hours import HourBook
from rollguard_detector.core.trials.kept import Said, TrialKept
from rollguard_detector.core.trials.ledger import Kept, Ledger, mirror_of, replica_of
from rollguard_detector.core.trials.outcome import outcome_of
from rollguard_detector.core.trials.said import Moment, of_alarm, of_outcome
from rollguard_detector.core.trials.tallies import tally_of
from rollguard_detector.core.trials.terms import NOTHING_TO_COMPARE, MetricTerms, TrialTerms
from rollguard_detector.core.trials.trial import Trial
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import Regression

_GRACE_WINDOWS = 0.5


class TrialWatch:
    """One workload."""

    __slots__ = (
        "_after",
        "_by_metric",
        "_changed",
        "_facts",
        "_hours",
        "_is_over",
        "_ledger",
        "_said",
        "_terms",
        "_trial",
        "_until_window",
        "_workload",
    )

    def __init__(self, workload: str) -> None:
        self._workload = workload
        self._facts: RolloutFacts | None = None
        self._said, self._until_window = Said(), 0
        self._changed: set[int] = set()
        self._trial: Trial | None = None
        self._after: after.After | None = None
        self._is_over = False
        self._follow(NOTHING_TO_COMPARE)

    @property
    def knows_rollouts(self) -> bool:
        """Whether a rollout was told, which nobody tells again."""
        return self._facts is not None

    @property
    def is_on(self) -> bool:
        """Whether any metric is compared."""
        return bool(self._by_metric)

    def hears(self, metric: str, revision: str | None) -> bool:
        """Whether points of a series may be counted."""
        return revision is not None and metric in self._by_metric

    def take_terms(self, terms: TrialTerms) -> None:
        """Follow a policy; other terms than before begin anew."""
        if terms != self._terms:
            self._follow(terms)

    def take_rollout(self, event: Rollout) -> None:
        """Note a rollout; a new one is compared from its first window on, some of which may have been read already."""
        facts = newer(self._facts, event)
        if facts != self._facts:
            self._facts = facts
            self._begin_trial()

    def hear(
        self, point: MetricPoint, before: MetricPoint | None, number: float | None, *, is_mirrored: bool = False
    ) -> tuple[Regression, ...]:
        """Count a point, and say what follows; ``before`` is the last one of its series, ``number`` what the models take of it."""
        terms = self._by_metric.get(point.metric) or self._by_metric.get(metric_of(point))
        if terms is None or point.revision is None:
            return ()
        window = floor(point.time_unix_seconds / self._terms.window_seconds)
        tally = tally_of(point, before, number, less_is_worse=terms.less_is_worse)
        if tally is not None:
            arm = mirror_of(point.revision) if is_mirrored else point.revision
            place = (arm, window, terms.metric, replica_of(labels_of(point.labels)))
            self._ledger.add(place, tally, self._terms.most_windows)
            if not is_mirrored:
                self._hours.add(terms.metric, window * self._terms.window_seconds, tally)
            if self._trial is not None and window < max(self._until_window, self._trial.arms.start_window):
                self._changed |= self._trial.touched(window)
            elif window < self._until_window:
                self._changed.add(window)
        return self._pass_to(point.time_unix_seconds)

    def _pass_to(self, at_seconds: float) -> tuple[Regression, ...]:
        until = floor(at_seconds / self._terms.window_seconds - _GRACE_WINDOWS)
        if until <= self._until_window:
            return ()
        self._until_window = until
        moment = Moment(self._workload, at_seconds, until, self._terms.window_seconds)
        said = self._compare(self._trial, moment) if self._trial is not None else ()
        self._changed = set()
        return said + self._watch_on(moment)

    def _compare(self, trial: Trial, moment: Moment) -> tuple[Regression, ...]:
        """Look at what is new; with the last window of the rollout its comparison ends, and the guard's begins."""
        windows = trial.course.windows
        trial.look(self._ledger, self._hours, moment.window, self._changed)
        is_news = self._changed or trial.course.windows != windows
        said = self._say(trial, moment) if is_news else ()
        if moment.window >= trial.end_window:
            self._trial, self._is_over = None, True
            self._after = after.begin(trial.course, self._terms, trial.arms, trial.end_window)
        return said

    def _watch_on(self, moment: Moment) -> tuple[Regression, ...]:
        if self._after is None or self._facts is None:
            return ()
        alarm = self._after.pass_to(moment.window, self._ledger)
        return () if alarm is None else (of_alarm(moment, self._facts, alarm, self._after.needed),)

    def _say(self, trial: Trial, moment: Moment) -> tuple[Regression, ...]:
        outcome, said = outcome_of(trial, self._ledger), self._said
        is_due = outcome.windows >= said.next_report_windows
        if (outcome.verdict, outcome.attribution) == (said.verdict, said.attribution) and not is_due:
            return ()
        due = max(said.next_report_windows, 2 * outcome.windows if is_due else 0)
        self._said = Said(outcome.verdict, outcome.attribution, due)
        return (of_outcome(moment, trial.facts, outcome),)

    def kept(self) -> TrialKept | None:
        """Return what is known; None where nothing is compared."""
        if not self.is_on:
            return None
        return TrialKept(
            terms=self._terms,
            rollout=self._facts.rollout if self._facts else None,
            until_window=self._until_window,
            changed=tuple(sorted(self._changed)),
            said=self._said,
            is_over=self._is_over,
            after=self._after.kept() if self._after else None,
            tallies=tuple((*kept,) for kept in self._ledger.kept()),
            hours=self._hours.kept(),
            noise=self._trial.noise if self._trial else None,
        )

    def resume(self, kept: TrialKept) -> None:
        """Go on from what was known, if the policy still says the same; the rollouts are told before."""
        if kept.terms != self._terms:
            return
        self._ledger.resume(Kept(*one) for one in kept.tallies)
        self._hours = HourBook(kept.hours)
        self._until_window, self._changed = kept.until_window, set(kept.changed)
        if self._trial is None or self._facts is None or kept.rollout != self._facts.rollout:
            return
        self._said, self._is_over = kept.said, kept.is_over
        if not kept.is_over:
            self._trial.noise = kept.noise
            self._trial.look(self._ledger, self._hours, self._until_window, self._changed)
            return
        self._after = after.After(self._terms, self._trial.arms, kept.after) if kept.after else None
        self._trial = None

    def anew(self) -> "TrialWatch":
        """Return a watch that knows the policy and the rollouts, and no telemetry."""
        other = TrialWatch(self._workload)
        other._follow(self._terms)  # the same class
        other._facts = self._facts
        other._begin_trial()
        return other

    def _follow(self, terms: TrialTerms) -> None:
        self._terms = terms
        self._by_metric: dict[str, MetricTerms] = {metric.metric: metric for metric in terms.metrics}
        self._ledger, self._hours, self._until_window = Ledger(), HourBook(), 0
        self._begin_trial()

    def _begin_trial(self) -> None:
        facts = self._facts
        self._trial = self._after = None
        self._is_over = False
        self._said, self._changed = Said(), set()
        if facts is None or facts.is_reverted or not self.is_on:
            return
        self._trial = Trial(self._terms, facts)
        own = facts.candidate, mirror_of(facts.candidate)
        self._ledger.held = frozenset({*own, facts.control or "", mirror_of(facts.control or "")})
        for arm in own:
            self._ledger.begin(arm, self._trial.arms.start_window)
        self._ledger.add_replicas_up(self._ledger.held)
