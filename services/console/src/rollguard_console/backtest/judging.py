"""
True, false, missed: the decisions of a run against the incidents that people know of.

A rollback is true if it falls into an incident that a rollout caused, or so shortly before it that it would have spared it; false
if it falls anywhere else. Without incidents nothing is called false: nobody has said yet what was right.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from rollguard_console.backtest.incidents import Incident
from rollguard_console.backtest.past import Past
from rollguard_runtime.replayed import Minute
from rollguard_schemas.decisions import RollbackDecided

Kind = Literal["true", "false", "unjudged"]


class Harm(msgspec.Struct, frozen=True, kw_only=True):
    """What users were served: bad events of ratios, and seconds beyond a bound of what counts no events."""

    bad_events: float = 0.0
    seconds_beyond: float = 0.0


class JudgedRollback(msgspec.Struct, frozen=True, kw_only=True):
    """One rollback, and what it was."""

    kind: Kind
    decision: RollbackDecided
    incident: str | None = None


class JudgedIncident(msgspec.Struct, frozen=True, kw_only=True):
    """
    One incident, and what was done about it.

    ``lead_seconds`` is how long before its begin the rollback was decided, negative after it; ``served`` is what users got until
    then, ``in_all`` what they really got.
    """

    incident: Incident
    decision_id: str | None
    lead_seconds: float | None
    saved_seconds: float | None
    served: Harm
    in_all: Harm


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """All of a run; ``missed`` are incidents of rollouts without a rollback."""

    policy: str
    rollbacks: tuple[JudgedRollback, ...]
    incidents: tuple[JudgedIncident, ...]
    true: int
    false: int
    missed: int
    unjudged: int
    withheld: dict[str, int]
    rollouts: int
    span_seconds: float
    points: int
    took_seconds: float

    @property
    def served(self) -> Harm:
        """What all incidents of rollouts would have cost."""
        return total(one.served for one in self.incidents if one.incident.is_rollouts)


def judge(past: Past, incidents: Sequence[Incident], *, early_seconds: float, is_healthy: bool = False) -> Judgement:
    """Judge a run; ``is_healthy`` says that nothing was wrong in it, so that every rollback is false."""
    rollbacks = [_judged(one, incidents, early_seconds, is_healthy=is_healthy) for one in past.rollbacks]
    kinds = Counter(one.kind for one in rollbacks)
    judged = tuple(_judged_incident(one, past, early_seconds) for one in incidents)
    return Judgement(
        policy=past.name,
        rollbacks=tuple(rollbacks),
        incidents=judged,
        true=kinds["true"],
        false=kinds["false"],
        unjudged=kinds["unjudged"],
        missed=sum(one.decision_id is None and one.incident.is_rollouts for one in judged),
        withheld=dict(Counter(one.reason for one in past.withheld).most_common()),
        rollouts=len(past.rollouts),
        span_seconds=past.span_seconds,
        points=past.told.points,
        took_seconds=past.told.seconds,
    )


def total(harms: Iterable[Harm]) -> Harm:
    """Add harms up."""
    known = list(harms)
    return Harm(bad_events=sum(one.bad_events for one in known), seconds_beyond=sum(one.seconds_beyond for one in known))


def harm(minutes: Iterable[Minute], begin: float, end: float) -> Harm:
    """Return what was served in a span; a stretch that lies in it in part counts in part."""
    events = seconds = 0.0
    for minute in minutes:
        covered = min(end, minute.from_unix_seconds + minute.seconds) - max(begin, minute.from_unix_seconds)
        if covered <= 0:
            continue
        share = covered / minute.seconds
        events += minute.bad_events * share
        if minute.events == 0:
            seconds += covered * minute.beyond / minute.points
    return Harm(bad_events=events, seconds_beyond=seconds)


def _judged(decision: RollbackDecided, incidents: Sequence[Incident], early: float, *, is_healthy: bool) -> JudgedRollback:
    hit = [one for one in incidents if _falls_into(decision, one, early)]
    right = next((one for one in hit if one.is_rollouts), None)
    if right is not None:
        return JudgedRollback(kind="true", decision=decision, incident=right.name)
    kind: Kind = "false" if incidents or is_healthy else "unjudged"
    return JudgedRollback(kind=kind, decision=decision, incident=hit[0].name if hit else None)


def _falls_into(decision: RollbackDecided, incident: Incident, early: float) -> bool:
    is_of = decision.workload == incident.workload
    return is_of and incident.from_unix_seconds - early <= decision.time_unix_seconds <= incident.until_unix_seconds


def _judged_incident(incident: Incident, past: Past, early: float) -> JudgedIncident:
    begin, end = incident.from_unix_seconds, incident.until_unix_seconds
    hits = [one for one in past.rollbacks if _falls_into(one, incident, early)] if incident.is_rollouts else []
    first = min(hits, key=lambda one: one.time_unix_seconds, default=None)
    minutes = [minute for minute in past.minutes if minute.workload == incident.workload]
    at = None if first is None else first.time_unix_seconds
    return JudgedIncident(
        incident=incident,
        decision_id=first.id if first else None,
        lead_seconds=None if at is None else begin - at,
        saved_seconds=None if at is None else end - max(at, begin),
        served=harm(minutes, begin, end if at is None else max(at, begin)),
        in_all=harm(minutes, begin, end),
    )
