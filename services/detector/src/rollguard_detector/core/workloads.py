"""
What is kept of a workload beside its series: the serving revision, the objectives, the incident, and the rules of its metrics.

What a poll asks of many workloads at once (budget, freeze, whether an objective is open) stands in arrays by the workload's number.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Flags, Floats
from rollguard_detector.core.budget import budget_days
from rollguard_detector.core.incidents import WorkloadIncidents
from rollguard_detector.core.mirrored import DEFAULT_MARKS, marks_of
from rollguard_detector.core.models.registry import Named
from rollguard_detector.core.objectives import ObjectiveWatch, Terms, terms_of
from rollguard_detector.core.relations import Relations
from rollguard_detector.core.revisions import RevisionWatch
from rollguard_detector.core.spending import Spending
from rollguard_detector.core.trials.terms import terms_of as trial_terms_of
from rollguard_detector.core.trials.watch import TrialWatch
from rollguard_schemas.policies import Anomalies, MetricRules, Objective, RollbackPolicy

Refusal = Literal["out-of-range", "small-sample"]

_DEFAULTS = Anomalies()
_FIRST_CAPACITY = 16


class Workload:
    """One workload."""

    __slots__ = ("_rules", "false_alarm_every_days", "incidents", "marks", "name", "number", "relations", "revisions", "rows",
                 "serving", "serving_since", "spendings", "trials", "watches")  # fmt: skip

    def __init__(self, name: str, number: int, models: Sequence[Named] = ()) -> None:
        self.name, self.number = name, number
        self.revisions = RevisionWatch()
        self.incidents = WorkloadIncidents(name)
        self.trials = TrialWatch(name)
        self.relations = Relations(models) if models else None
        self.watches: dict[str, ObjectiveWatch] = {}
        self.spendings: dict[str, Spending] = {}  # the objectives with an error budget
        self.rows: dict[int, str | None] = {}  # of its series, each with its revision
        self.serving: str | None = None  # as far as the log was settled; ``revisions`` hears ahead of it
        self.serving_since = 0.0
        self.marks = DEFAULT_MARKS  # of traffic that is only a mirror
        self.take_rules(_DEFAULTS)

    @property
    def budget_days(self) -> float:
        """How long one rule of one of its series may go without a false alarm, as many series as there are now."""
        return budget_days(self.false_alarm_every_days, len(self.rows))

    @property
    def has_open_objective(self) -> bool:
        """Whether an objective's episode is open, so that every sample may be its end."""
        return any(watch.is_open for watch in self.watches.values())

    @property
    def is_steady(self) -> bool:
        """Whether a point of the revision that serves, or of none, changes nothing."""
        return self.revisions.is_steady

    @property
    def is_watched(self) -> bool:
        """Whether a policy or a rollout was told, which nobody tells again."""
        return bool(self.watches or self.spendings) or self.trials.is_on or self.trials.knows_rollouts

    def take_rules(self, anomalies: Anomalies) -> None:
        """Follow what the policy says about anomalies."""
        self.false_alarm_every_days = anomalies.false_alarm_every_days
        self._rules = {rules.metric: rules for rules in anomalies.metrics}

    def rules_of(self, metric: str) -> MetricRules | None:
        """Return the rules of a metric, if the policy has any."""
        return self._rules.get(metric)

    def refusal(self, metric: str, value: float, denominator: float | None) -> Refusal | None:
        """Say why a number is no data by the rules of its metric, if it is none."""
        rules = self._rules.get(metric) if self._rules else None
        if rules is None:
            return None
        if denominator is not None and denominator < rules.min_denominator:
            return "small-sample"
        is_low = rules.valid_low is not None and value < rules.valid_low
        is_high = rules.valid_high is not None and value > rules.valid_high
        return "out-of-range" if is_low or is_high else None


class Workloads:
    """The workloads by name, and the arrays by number."""

    def __init__(self, models: Sequence[Named] = ()) -> None:
        self.models = models  # that look at a workload's series together
        self._by_name: dict[str, Workload] = {}
        self._free: list[int] = []
        self._used = 0
        self.policies_taken = 0
        self.frozen_from: Floats = np.full(_FIRST_CAPACITY, np.inf)
        self.frozen_until: Floats = np.full(_FIRST_CAPACITY, -np.inf)
        self.has_open_objective: Flags = np.zeros(_FIRST_CAPACITY, np.bool_)
        self.heard_at: Floats = np.full(_FIRST_CAPACITY, -np.inf)
        self.source: NDArray[np.int32] = np.full(_FIRST_CAPACITY, -1, np.int32)  # of which partition's records, by its number

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Workload]:
        return iter(self._by_name.values())

    @property
    def capacity(self) -> int:
        """One more than the largest number may be."""
        return len(self.heard_at)

    def budgets(self) -> Floats:
        """Return the budget of each workload by its number, as many series as each has now."""
        budgets = np.zeros(self.capacity)
        for workload in self:
            budgets[workload.number] = workload.budget_days
        return budgets

    def numbers_of(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of workloads, those that are known."""
        return [workload.number for name in names if (workload := self._by_name.get(name)) is not None]

    def of(self, name: str) -> Workload:
        """Return a workload, known or new."""
        workload = self._by_name.get(name)
        if workload is None:
            self._by_name[name] = workload = Workload(name, self._number(), self.models)
        return workload

    def has_series(self, name: str) -> bool:
        """Whether a workload has series."""
        workload = self._by_name.get(name)
        return workload is not None and bool(workload.rows)

    def series_count(self, name: str) -> int:
        """Return how many series a workload has; one that is not known has none."""
        workload = self._by_name.get(name)
        return 0 if workload is None else len(workload.rows)

    def take_policy(self, name: str, policy: RollbackPolicy | None) -> Workload:
        """Give a workload its objectives and rules; an objective whose terms did not change keeps its episode."""
        workload = self.of(name)
        self.policies_taken += 1
        promised = policy.spec.objectives if policy else ()
        terms = [terms_of(one, policy.spec.act_on) for one in promised if one.error_budget is None] if policy else []
        known, spendings = workload.watches, workload.spendings
        workload.watches = {one.objective.name: _kept(known.get(one.objective.name), name, one) for one in terms}
        workload.spendings = {one.name: _spending(spendings.get(one.name), name, one) for one in promised if one.error_budget}
        workload.take_rules(policy.spec.anomalies if policy else _DEFAULTS)
        workload.trials.take_terms(trial_terms_of(policy))
        workload.marks = marks_of(policy.spec.regression.mirrored if policy else None)
        self.note(workload)
        return workload

    def freeze(self, name: str, from_seconds: float, until_seconds: float) -> None:
        """Hold the references of a workload's series still for a while; an empty span ends it."""
        number = self.of(name).number
        self.frozen_from[number], self.frozen_until[number] = from_seconds, until_seconds

    def hear(self, numbers: NDArray[np.int32], at_seconds: Floats) -> Floats:
        """Note that workloads reported at these times; return by number when each had reported before."""
        before = self.heard_at.copy()
        np.maximum.at(self.heard_at, numbers, at_seconds)
        return before

    def listen(self, numbers: NDArray[np.int32], sources: NDArray[np.int32]) -> NDArray[np.int32]:
        """Note from which partitions workloads report; return the same of all workloads, by number."""
        self.source[numbers[sources >= 0]] = sources[sources >= 0]
        return self.source

    def numbered(self, numbers: NDArray[np.int32]) -> "list[Workload]":
        """Return workloads by their numbers; not for every poll."""
        wanted = set(numbers.tolist())
        return [workload for workload in self if workload.number in wanted] if wanted else []

    def note(self, workload: Workload) -> None:
        """Note that the objectives of a workload moved."""
        self.has_open_objective[workload.number] = workload.has_open_objective

    def held_rows(self) -> set[int]:
        """Return the rows of series that take part in an open incident: its end has yet to be said."""
        return {row if row >= 0 else -1 - row for workload in self for row in workload.incidents.rows}

    def forget_idle(self) -> None:
        """Let go of workloads that have neither series nor a policy, and of which no rollout was told."""
        for workload in [one for one in self if not (one.rows or one.is_watched)]:
            self._forget(workload)

    def drop(self, workload: Workload) -> None:
        """Let go of what telemetry said of a workload; its policy stays."""
        policy_watches, rules = workload.watches, workload._rules  # noqa: SLF001  # the same module
        self._forget(workload)
        anew = self.of(workload.name)
        anew.watches = {name: ObjectiveWatch(workload.name, watch.terms) for name, watch in policy_watches.items()}
        anew.spendings = {name: spending.anew() for name, spending in workload.spendings.items()}
        anew.trials, anew.marks = workload.trials.anew(), workload.marks
        anew._rules, anew.false_alarm_every_days = rules, workload.false_alarm_every_days  # noqa: SLF001  # as above

    def _forget(self, workload: Workload) -> None:
        del self._by_name[workload.name]
        self._free.append(workload.number)

    def _number(self) -> int:
        number = self._free.pop() if self._free else self._used
        self._used = max(self._used, number + 1)
        if number >= len(self.frozen_from):
            self.frozen_from = np.concatenate([self.frozen_from, np.full(number, np.inf)])
            self.frozen_until = np.concatenate([self.frozen_until, np.full(number, -np.inf)])
            self.has_open_objective = np.concatenate([self.has_open_objective, np.zeros(number, np.bool_)])
            self.heard_at = np.concatenate([self.heard_at, np.full(number, -np.inf)])
            self.source = np.concatenate([self.source, np.full(number, -1, np.int32)])
        self.frozen_from[number], self.frozen_until[number] = np.inf, -np.inf
        self.has_open_objective[number], self.heard_at[number], self.source[number] = False, -np.inf, -1
        return number


def _kept(watch: ObjectiveWatch | None, workload: str, terms: Terms) -> ObjectiveWatch:
    return watch if watch is not None and watch.terms == terms else ObjectiveWatch(workload, terms)


def _spending(spending: Spending | None, workload: str, objective: Objective) -> Spending:
    if spending is not None and spending.objective == objective:
        return spending
    return Spending(workload, objective, objective.error_budget)  # type: ignore[arg-type]  # whoever asks has looked
