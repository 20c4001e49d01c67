"""
The detector: points in, signals out.

The rule: every point is scored, then learned, by its event time and in the order in which it comes; nothing here asks for the
time or keeps more than so many series. What is kept for a point depends on the points before it alone, so that the same log gives
the same signals however it is cut into batches.
"""

import math
from typing import Literal

import msgspec

from rollguard_detector.core import signals
from rollguard_detector.core.incidents import SeriesModel
from rollguard_detector.core.missing import MissingNumbers
from rollguard_detector.core.objectives import ObjectiveWatch, terms_of
from rollguard_detector.core.readings import Gap, Lanes, Reading, labels_of, metric_of
from rollguard_detector.core.revisions import RevisionWatch
from rollguard_detector.core.rollouts import RolloutBook
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import Signal

SkipReason = Gap | Literal["future", "series-ceiling"]

_IDLE_SECONDS = 3_600.0
_SWEEP_SECONDS = 60.0


class Limits(msgspec.Struct, frozen=True):
    """How many series are kept, and how far a point may lie ahead of the record that brought it."""

    max_series: int = 50_000
    max_ahead_seconds: float = 3_600.0


class Observation(msgspec.Struct, frozen=True):
    """What one point led to; ``skipped`` says why no model learned from it."""

    signals: tuple[Signal, ...] = ()
    skipped: SkipReason | None = None


class _Series:
    """What is kept of one series."""

    __slots__ = ("heard_at", "lanes", "model")

    def __init__(self) -> None:
        self.lanes, self.model, self.heard_at = Lanes(), SeriesModel(), -math.inf


class _Workload:
    """What is kept of one workload."""

    __slots__ = ("revisions", "watches")

    def __init__(self) -> None:
        self.revisions = RevisionWatch()
        self.watches: list[ObjectiveWatch] = []


_Key = tuple[str, str, tuple[tuple[str, str], ...]]


class Detector:
    """The fold over points, policies and rollouts."""

    def __init__(self, limits: Limits | None = None, missing: MissingNumbers | None = None) -> None:
        self._limits, self._missing = limits or Limits(), missing or MissingNumbers()
        self._series: dict[_Key, _Series] = {}
        self._workloads: dict[str, _Workload] = {}
        self._rollouts = RolloutBook()
        self._newest, self._swept_at = -math.inf, -math.inf

    @property
    def series_count(self) -> int:
        """How many series are kept."""
        return len(self._series)

    def take_policy(self, workload: str, policy: RollbackPolicy | None) -> None:
        """Watch the objectives of a policy, or none; an objective whose terms did not change keeps its episode."""
        kept = self._workloads.setdefault(workload, _Workload())
        terms = [terms_of(objective, policy.spec.act_on) for objective in policy.spec.objectives] if policy else []
        known = {watch.terms.objective.name: watch for watch in kept.watches}
        kept.watches = [
            watch if (watch := known.get(one.objective.name)) and watch.terms == one else ObjectiveWatch(workload, one)
            for one in terms
        ]

    def take_rollout(self, event: Rollout) -> None:
        """Note a rollout, for evidence."""
        self._rollouts.take(event)

    def observe(self, point: MetricPoint, *, received_at_seconds: float) -> Observation:
        """Take in one point of a record that was appended at the given time; 0 where the broker told none."""
        if received_at_seconds > 0 and point.time_unix_seconds > received_at_seconds + self._limits.max_ahead_seconds:
            return Observation(skipped="future")
        key = (point.workload, metric_of(point), labels_of(point.labels))
        series = self._series.get(key) or self._admit(key, point.time_unix_seconds)
        if series is None:
            return Observation(skipped="series-ceiling")
        number = series.lanes.read(point, self._missing.of(point.metric))
        if number in ("late", "not-finite"):
            return Observation(skipped=number)
        self._newest = max(self._newest, point.time_unix_seconds)
        series.heard_at = max(series.heard_at, point.time_unix_seconds)
        said = self._hear_revision(point)
        if isinstance(number, str):
            return Observation(tuple(said), number)
        reading = Reading(*key, point.revision, point.time_unix_seconds, number, point.unit)
        return Observation((*said, *self._watch_series(series, reading), *self._watch_objectives(reading)))

    def _hear_revision(self, point: MetricPoint) -> list[Signal]:
        workload = self._workloads.setdefault(point.workload, _Workload())
        change = workload.revisions.hear(point.revision, point.time_unix_seconds)
        if change is None:
            return []
        for watch in workload.watches:
            watch.forget_revisions_but(change.revision)
        return [signals.revision_serving(point, change)]

    def _watch_series(self, series: _Series, reading: Reading) -> list[Signal]:
        incident = series.model.observe(reading.value, reading.at_seconds)
        if incident is None:
            return []
        rollout = self._rollouts.phrase(reading.workload, reading.at_seconds) if incident.finding == "departure" else ""
        return [signals.of_incident(reading, incident, series.model.samples, rollout)]

    def _watch_objectives(self, reading: Reading) -> list[Signal]:
        said: list[Signal] = []
        for watch in self._workloads[reading.workload].watches:
            objective = watch.terms.objective
            step = watch.observe(reading) if objective.metric == reading.metric else None
            if step is not None:
                rollout = self._rollouts.phrase(reading.workload, reading.at_seconds)
                said.append(signals.of_step(reading, objective, step, rollout))
        return said

    def _admit(self, key: _Key, at_seconds: float) -> _Series | None:
        """Make room for a new series, or refuse it: memory that grows with every label value ends the process for all."""
        self._newest = max(self._newest, at_seconds)
        if len(self._series) >= self._limits.max_series:
            self._drop_idle()
        if len(self._series) >= self._limits.max_series:
            return None
        self._series[key] = series = _Series()
        return series

    def _drop_idle(self) -> None:
        """Forget series that were not heard for an hour, and workloads that have neither series nor policy."""
        if self._newest - self._swept_at < _SWEEP_SECONDS:
            return
        self._swept_at = self._newest
        self._series = {key: one for key, one in self._series.items() if self._newest - one.heard_at <= _IDLE_SECONDS}
        heard = {workload for workload, _, _ in self._series}
        self._workloads = {name: one for name, one in self._workloads.items() if one.watches or name in heard}
