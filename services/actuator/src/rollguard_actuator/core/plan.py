"""
The plan: what a decision means for a target as it is now.

Whether the move was made before is asked first, ahead of deadline and fence: a change that was made is verified, however late its
maker comes back, and not made again if somebody undid it. Then everything that speaks against acting, and only then the changes:
claim, move, mark, in that order.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.ports import Act, Candidate, Capabilities, Change, Claim, Mark, Move, Observation, PutClaim
from rollguard_schemas.decisions import Action, CallDecided, RollbackDecided
from rollguard_schemas.event import type_name
from rollguard_schemas.targets import Target

Verdict = Literal["move", "already-there", "superseded", "expired", "refused"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """``acted_at_unix_seconds`` is when the change was begun: now for a move, in the past for one that is already there."""

    verdict: Verdict
    summary: str
    changes: tuple[Change, ...] = ()
    acted_at_unix_seconds: float


def unwanted(decision: Action, capabilities: Capabilities) -> str | None:
    """Say why a decision is not for this driver to perform, without looking at the target; None if it is."""
    if type_name(type(decision)) not in capabilities.actions:
        return f"driver {capabilities.driver} does not perform {type_name(type(decision))}"
    if decision.mode != "act":
        return f"mode is {decision.mode}: approve the decision to let it act"
    return None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One move of a decision that asks for several, or for another kind than a rollback; named as a rollback names its own."""

    id: str
    fence: int
    target: Target
    suspect_revision: str
    target_revision: str
    time_unix_seconds: float
    deadline_unix_seconds: float
    only_in_flight: bool = False
    marks: bool = True  # what gives way for a while is not at fault


def wish(decision: Action, target: Target, suspect_revision: str, target_revision: str, *, marks: bool = True) -> Wish:
    """Return a move that a decision asks for."""
    return Wish(
        id=decision.id,
        fence=decision.fence,
        target=target,
        suspect_revision=suspect_revision,
        target_revision=target_revision,
        time_unix_seconds=decision.time_unix_seconds,
        deadline_unix_seconds=decision.deadline_unix_seconds,
        marks=marks,
    )


def plan_act(decision: Action, seen: Observation, now_unix_seconds: float) -> Plan:
    """Decide what to do about a decision that leaves the revision as it is; one that was begun is gone through again."""
    act = Act(decision=decision)
    if decision.id in seen.acted:
        at = decision.time_unix_seconds
        return Plan(verdict="already-there", summary="it was begun before", changes=(act,), acted_at_unix_seconds=at)
    # Whom a call reaches serves nothing that could have been replaced.
    objections = (
        _too_late(decision, now_unix_seconds)
        if isinstance(decision, CallDecided)
        else _common_objections(decision, seen, now_unix_seconds)
    )
    for verdict, why in objections:
        return Plan(verdict=verdict, summary=why, acted_at_unix_seconds=now_unix_seconds)
    summary = f"{type_name(type(decision)).removesuffix('-decided')} of {decision.suspect_revision}"
    return Plan(verdict="move", summary=summary, changes=(act,), acted_at_unix_seconds=now_unix_seconds)


def plan(
    decision: RollbackDecided | Wish, seen: Observation, candidate: Candidate, ledger: Ledger, now_unix_seconds: float
) -> Plan:
    """Decide what to do about a decision; planning again after the changes were made plans none."""
    suspect, restored = decision.suspect_revision, decision.target_revision
    mark = Mark(suspect_revision=suspect, restored_revision=restored, decision_id=decision.id)
    marks = (mark,) if isinstance(decision, RollbackDecided) or decision.marks else ()
    if (acted_at := _acted_at(decision, seen, candidate)) is not None:
        changes = () if candidate.marked_by == decision.id else marks
        summary = f"{restored} was made live by this decision before"
        return Plan(verdict="already-there", summary=summary, changes=changes, acted_at_unix_seconds=acted_at)
    for verdict, why in _objections(decision, seen, candidate, ledger, now_unix_seconds):
        return Plan(verdict=verdict, summary=why, acted_at_unix_seconds=now_unix_seconds)
    claim = Claim(decision_id=decision.id, fence=decision.fence, revision=restored, at_unix_seconds=now_unix_seconds)
    move = Move(
        from_revision=suspect,
        to_revision=restored,
        decision_id=decision.id,
        bars=isinstance(decision, RollbackDecided),
        only_in_flight=decision.only_in_flight,
    )
    summary = f"{suspect} gives way to {restored}"
    return Plan(
        verdict="move", summary=summary, changes=(PutClaim(claim=claim), move, *marks), acted_at_unix_seconds=now_unix_seconds
    )


def _acted_at(decision: RollbackDecided | Wish, seen: Observation, candidate: Candidate) -> float | None:
    """
    Say when this decision made its move, or None if it did not.

    The mark is written after the move, so it tells of one even where somebody moved the target on since. The claim is written
    before, so it tells of one only together with the revision that is live.
    """
    is_claimed = seen.claim is not None and seen.claim.decision_id == decision.id
    if candidate.marked_by != decision.id and not (is_claimed and seen.revision == decision.target_revision):
        return None
    return seen.claim.at_unix_seconds if seen.claim is not None and is_claimed else decision.time_unix_seconds


def _objections(
    decision: RollbackDecided | Wish, seen: Observation, candidate: Candidate, ledger: Ledger, now_unix_seconds: float
) -> Iterator[tuple[Verdict, str]]:
    """Name what speaks against acting, the strongest first."""
    suspect, restored = decision.suspect_revision, decision.target_revision
    yield from _common_objections(decision, seen, now_unix_seconds)
    if decision.only_in_flight and seen.abort_returns_to != restored:
        yield "superseded", _no_abort(decision, seen)
    if restored == suspect:
        yield "refused", f"{restored} is the suspect itself"
    if not (candidate.exists and candidate.is_ready):
        yield "refused", _not_usable(candidate)
    if restored in ledger.serving.bad:
        yield "refused", f"revision {restored} was itself taken back and did not prove itself since"
    if seen.refusal is not None:
        yield "refused", seen.refusal


def _common_objections(decision: Action | Wish, seen: Observation, now_unix_seconds: float) -> Iterator[tuple[Verdict, str]]:
    """Name what speaks against any change: somebody was there since, or it is too late."""
    suspect = decision.suspect_revision
    if seen.claim is not None and seen.claim.fence > decision.fence:
        yield "superseded", f"decision {seen.claim.decision_id} with fence {seen.claim.fence} acted after this one was made"
    if seen.revision is None:
        yield "superseded", f"the target points nowhere; {suspect} does not serve"
    elif seen.revision != suspect:
        yield "superseded", f"{seen.revision} is live, not the suspect {suspect}"
    yield from _too_late(decision, now_unix_seconds)


def _too_late(decision: Action | Wish, now_unix_seconds: float) -> Iterator[tuple[Verdict, str]]:
    if now_unix_seconds > decision.deadline_unix_seconds:
        yield "expired", "the decision's deadline has passed"


def _no_abort(decision: RollbackDecided | Wish, seen: Observation) -> str:
    if seen.abort_returns_to is None:
        return f"{decision.suspect_revision} is not in flight any more, and is only to be aborted: nothing is taken back"
    return f"aborting would return to {seen.abort_returns_to}, not to {decision.target_revision}"


def _not_usable(candidate: Candidate) -> str:
    why = "" if candidate.note is None else f": {candidate.note}"
    return f"revision {candidate.revision} {'is not ready' if candidate.exists else 'does not exist'}{why}"
