"""
Holds a rollback against whoever has the desired state: written on the workload first, then locked, then moved, so that a crash
anywhere leaves what the next look finds and puts right.

A suspect that is live again although a hold stands was put back by somebody. It is told, once, and never moved again: two that
write by turns are an outage of their own.
"""

from collections.abc import Mapping

from rollguard_actuator.core.ports import Move
from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.gitops.lock import Hold, Lock
from rollguard_actuator.drivers.kubernetes.gitops.locks import LOCKS
from rollguard_actuator.drivers.kubernetes.notes import HOLD, text_of
from rollguard_actuator.drivers.kubernetes.owners import ownerships
from rollguard_actuator.drivers.kubernetes.patch import annotate
from rollguard_actuator.drivers.kubernetes.template import image_names, template_of
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import KubernetesWorkload


def to_lock(target: KubernetesWorkload, workload: Json, hold: Hold | None) -> tuple[str, ...]:
    """Name the owners that are to be locked: those that show and that the policy lists, and those that were locked before."""
    shown = {found.owner for found in ownerships(workload) if found.owner in target.lock}
    return tuple(sorted({*shown, *(hold.locks if hold else ())}))


def begun(workload: Json, move: Move, decision_id: str, owners: tuple[str, ...]) -> tuple[Hold, list[Json]]:
    """Return the hold that a move begins, and the operations that write it and close the locks on the workload itself."""
    hold = Hold(
        decision_id=decision_id,
        suspect_revision=move.from_revision,
        restored_revision=move.to_revision,
        suspect_images=image_names(template_of(workload)),
        locks=owners,
    )
    marks = {name: text for owner in owners for name, text in LOCKS[owner].marks.items()}
    return hold, annotate(workload, {HOLD: text_of(hold), **marks})


async def close(api: Api, workload: Json, hold: Hold, locks: Mapping[str, Lock] = LOCKS) -> None:
    """Close what lies outside the workload."""
    for owner in hold.locks:
        await locks[owner].close(api, workload, hold.decision_id)


async def may_end(api: Api, workload: Json, hold: Hold) -> bool:
    """Say whether every owner's desired state has left the suspect behind."""
    desires = [await LOCKS[owner].desire(api, workload, hold.suspect_images) for owner in hold.locks]
    return all(desire == "other" for desire in desires)


async def end(api: Api, workload: Json, hold: Hold) -> list[Json]:
    """Open what lies outside the workload, and return the operations that end the hold on it."""
    for owner in hold.locks:
        await LOCKS[owner].open(api, workload, hold.decision_id)
    marks = {name for owner in hold.locks for name in LOCKS[owner].marks}
    return annotate(workload, {HOLD: None, **dict.fromkeys(marks)})


def as_reverted(hold: Hold) -> Step:
    """Say that somebody put the suspect back."""
    detail = f"{hold.suspect_revision} is live again although decision {hold.decision_id} is held: a person has to decide"
    return Step(name="hold", status="failed", detail=detail, before=hold.restored_revision, after=hold.suspect_revision)


def as_released(hold: Hold) -> Step:
    """Say that the hold is over."""
    owners = ", ".join(hold.locks) or "nobody"
    detail = f"the desired state has left {hold.suspect_revision} behind: {owners} may go on"
    return Step(name="hold", status="done", detail=detail, after=hold.restored_revision)
