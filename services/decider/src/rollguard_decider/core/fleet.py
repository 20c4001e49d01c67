"""
What goes on around a workload: the rollbacks of the fleet, which of them are under way, and what its dependencies did.

Folded from what everybody can read (decisions, outcomes, signals, rollouts), so that each decider knows the same, whatever it owns.
Budgets of a tenant and of the fleet, the blast radius, the order of dependencies and what moved first are asked of it.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from rollguard_decider.core.moves import Begun, Move, Moves, bound
from rollguard_schemas.decisions import RollbackDecided
from rollguard_schemas.outcomes import ActionApplied, Outcome
from rollguard_schemas.policies import RollbackPolicy

HOUR_SECONDS = 3600.0
_DEEDS_KEPT = 4096
_ENDED_KEPT = 4096


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One rollback that acts; ``over_unix_seconds`` is when it counts as over although nobody said so."""

    workload: str
    rollout: str
    decision_id: str
    decided_unix_seconds: float
    over_unix_seconds: float
    is_over: bool = False


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a decision is told of the fleet; without any of it, the workload is alone.

    ``moves`` and ``rollouts`` are those of the workloads that it depends on, by the policy's ``guards.after``.
    """

    deeds: tuple[Deed, ...] = ()
    moves: tuple[Move, ...] = ()
    rollouts: dict[str, tuple[Begun, ...]] = {}
    workloads: int = 1

    def under_way(self, now: float) -> tuple[Deed, ...]:
        """Return what has no end yet."""
        return tuple(deed for deed in self.deeds if not deed.is_over and now < deed.over_unix_seconds)

    def in_trouble(self, workload: str) -> Move | None:
        """Return what stands open on a workload, if anything does."""
        return next((one for one in self.moves if one.workload == workload and one.is_open_trouble), None)

    def is_taken_back(self, workload: str, now: float) -> bool:
        """Say whether a rollback of a workload is under way."""
        return any(deed.workload == workload for deed in self.under_way(now))

    def within_hour(self, now: float) -> tuple[Deed, ...]:
        """Return what was decided within the last hour."""
        return tuple(deed for deed in self.deeds if now - deed.decided_unix_seconds < HOUR_SECONDS)


ALONE = Surroundings()


class Fleet:
    """The fold; hearing anything twice, or an end before its decision, changes nothing."""

    def __init__(self) -> None:
        self._deeds: OrderedDict[str, Deed] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._moves = Moves()

    def learn(self, event: Any, heard_unix_seconds: float) -> None:
        """Take in what was said, with the time at which it lay on the log."""
        match event:
            case RollbackDecided():
                self._decided(event)
            case ActionApplied():
                pass
            case Outcome():
                self._over(event.decision_id)
            case _:
                self._moves.learn(event, heard_unix_seconds)

    def around(self, now: float, *, workloads: int, near: Collection[str] = ()) -> Surroundings:
        """Return what a decision at this time is told; ``workloads`` is how many have a policy, ``near`` those it depends on."""
        return Surroundings(
            deeds=tuple(self._recent(now)),
            moves=self._moves.of(near, now),
            rollouts={name: self._moves.rollouts_of(name, now) for name in near},
            workloads=max(1, workloads),
        )

    def seen_by(self, policy: RollbackPolicy | None, now: float, *, workloads: int) -> Surroundings:
        """Return the same where a guard of the policy asks for it; most do not, and counting a fleet for every signal is dear."""
        if policy is None or not policy.spec.guards.looks_around:
            return ALONE
        return self.around(now, workloads=workloads, near=policy.spec.guards.after)

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
        bound(self._deeds, _DEEDS_KEPT)

    def _over(self, decision_id: str) -> None:
        self._ended[decision_id] = None
        bound(self._ended, _ENDED_KEPT)
        if decision_id in self._deeds:
            self._deeds[decision_id] = msgspec.structs.replace(self._deeds[decision_id], is_over=True)


def tenant_of(workload: str) -> str:
    """Return whose a workload is: its namespace."""
    return workload.partition("/")[0]
