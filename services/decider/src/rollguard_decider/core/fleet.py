"""
What goes on around a workload: the rollbacks of the fleet, which of them are under way, and which workloads are in trouble.

Folded from what everybody can read (decisions, outcomes, signals), so that each decider knows the same, whatever it owns. Budgets
of a tenant and of the fleet, the blast radius and the order of dependencies are asked of it.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import msgspec

from rollguard_schemas.decisions import RollbackDecided
from rollguard_schemas.outcomes import ActionApplied, Outcome
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.signals import AnomalyCleared, AnomalyOpened, BreachForecast, ObjectiveBreached, ObjectiveRecovered

HOUR_SECONDS = 3600.0
_DEEDS_KEPT = 4096
_ENDED_KEPT = 4096
_TROUBLES_KEPT = 50_000


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One rollback that acts; ``over_unix_seconds`` is when it counts as over although nobody said so."""

    workload: str
    rollout: str
    decision_id: str
    decided_unix_seconds: float
    over_unix_seconds: float
    is_over: bool = False


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision is told of the fleet; without any of it, the workload is alone."""

    deeds: tuple[Deed, ...] = ()
    troubled: frozenset[str] = frozenset()
    workloads: int = 1

    def under_way(self, now: float) -> tuple[Deed, ...]:
        """Return what has no end yet."""
        return tuple(deed for deed in self.deeds if not deed.is_over and now < deed.over_unix_seconds)

    def within_hour(self, now: float) -> tuple[Deed, ...]:
        """Return what was decided within the last hour."""
        return tuple(deed for deed in self.deeds if now - deed.decided_unix_seconds < HOUR_SECONDS)


ALONE = Surroundings()


class Fleet:
    """The fold; hearing anything twice, or an end before its decision, changes nothing."""

    def __init__(self) -> None:
        self._deeds: OrderedDict[str, Deed] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._open: OrderedDict[str, str] = OrderedDict()
        self._closed: OrderedDict[str, None] = OrderedDict()

    def learn(self, event: Any) -> None:
        """Take in a decision, an outcome or a signal; anything else says nothing of the fleet."""
        match event:
            case RollbackDecided():
                self._decided(event)
            case ActionApplied():
                pass
            case Outcome():
                self._over(event.decision_id)
            case BreachForecast() | ObjectiveBreached():
                self._opened(event.episode, event.workload)
            case AnomalyOpened():
                self._opened(event.incident, event.workload)
            case ObjectiveRecovered():
                self._recovered(event.episode)
            case AnomalyCleared():
                self._recovered(event.incident)

    def around(self, now: float, *, workloads: int) -> Surroundings:
        """Return what a decision at this time is told; ``workloads`` is how many have a policy."""
        known = Surroundings(deeds=tuple(self._recent(now)), workloads=max(1, workloads))
        busy = (deed.workload for deed in known.under_way(now))
        return msgspec.structs.replace(known, troubled=frozenset({*self._open.values(), *busy}))

    def seen_by(self, policy: RollbackPolicy | None, now: float, *, workloads: int) -> Surroundings:
        """Return the same where a guard of the policy asks for it; most do not, and counting a fleet for every signal is dear."""
        looks_around = policy is not None and policy.spec.guards.looks_around
        return self.around(now, workloads=workloads) if looks_around else ALONE

    def _recent(self, now: float) -> Iterator[Deed]:
        for deed in self._deeds.values():
            if now - deed.decided_unix_seconds < HOUR_SECONDS or now < deed.over_unix_seconds:
                yield deed

    def _decided(self, decision: RollbackDecided) -> None:
        if decision.mode != "act" or decision.id in self._deeds:
            return
        self._deeds[decision.id] = Deed(
            workload=decision.workload,
            rollout=decision.rollout,
            decision_id=decision.id,
            decided_unix_seconds=decision.time_unix_seconds,
            over_unix_seconds=decision.deadline_unix_seconds + decision.verification.within_seconds,
            is_over=decision.id in self._ended,
        )
        _bound(self._deeds, _DEEDS_KEPT)

    def _over(self, decision_id: str) -> None:
        self._ended[decision_id] = None
        _bound(self._ended, _ENDED_KEPT)
        if decision_id in self._deeds:
            self._deeds[decision_id] = msgspec.structs.replace(self._deeds[decision_id], is_over=True)

    def _opened(self, episode: str, workload: str) -> None:
        if episode not in self._closed:
            self._open[episode] = workload
            _bound(self._open, _TROUBLES_KEPT)

    def _recovered(self, episode: str) -> None:
        self._open.pop(episode, None)
        self._closed[episode] = None
        _bound(self._closed, _TROUBLES_KEPT)


def tenant_of(workload: str) -> str:
    """Return whose a workload is: its namespace."""
    return workload.partition("/")[0]


def _bound(kept: "OrderedDict[str, Any]", limit: int) -> None:
    while len(kept) > limit:
        kept.popitem(last=False)
