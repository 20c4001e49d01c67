"""
Outcomes from decisions and verifications.

An outcome's id comes from the decision and the kind of outcome alone: two attempts at saying the same thing are one thing said.
"""

from collections.abc import Sequence

import msgspec

from rollguard_actuator.core.plan import Plan, Verdict, Wish
from rollguard_actuator.core.ports import Capabilities
from rollguard_actuator.core.verification import Verification
from rollguard_schemas.decisions import Action, FallbackDecided, RollbackDecided, ScaleOutDecided
from rollguard_schemas.event import type_name
from rollguard_schemas.ids import derive_id
from rollguard_schemas.outcomes import (
    ActionApplied,
    Compensating,
    Failed,
    Outcome,
    PutBack,
    Skipped,
    Step,
    StepApplied,
    Succeeded,
    Superseded,
    Unverified,
)

# What the verdicts that change nothing are called to the world; the other two lead to ActionApplied.
END_OF: dict[Verdict, type[Outcome]] = {"superseded": Superseded, "expired": Skipped, "refused": Failed}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a target in between."""

    summary: str
    steps: Sequence[Step]
    attempt: int
    now_unix_seconds: float


def ended(
    kind: type[Outcome], decision: Action, *, summary: str, now_unix_seconds: float, attempt: int, steps: Sequence[Step] = ()
) -> Outcome:
    """Answer a decision for good, without a change to be verified."""
    return kind(
        id=_outcome_id(decision.id, kind),
        workload=decision.workload,
        time_unix_seconds=now_unix_seconds,
        decision_id=decision.id,
        target=decision.target,
        suspect_revision=decision.suspect_revision,
        target_revision=_wanted_revision(decision),
        attempt=attempt,
        summary=summary,
        steps=tuple(steps),
    )


def planned(
    decision: Action,
    made: Plan,
    capabilities: Capabilities,
    *,
    now_unix_seconds: float,
    attempt: int,
    steps: Sequence[Step],
) -> Outcome:
    """Answer a decision once its plan was carried out."""
    if (end := END_OF.get(made.verdict)) is not None:
        # A decision that was tried in vain until its deadline failed; one that came too late was never tried.
        end = Failed if made.verdict == "expired" and attempt > 1 else end
        return ended(end, decision, summary=made.summary, now_unix_seconds=now_unix_seconds, attempt=attempt, steps=steps)
    if made.verdict == "move" and capabilities.is_dry_run:
        summary = f"dry run: {made.summary}, had it been let"
        return ended(Skipped, decision, summary=summary, now_unix_seconds=now_unix_seconds, attempt=attempt, steps=steps)
    return ActionApplied(
        id=_outcome_id(decision.id, ActionApplied),
        workload=decision.workload,
        time_unix_seconds=made.acted_at_unix_seconds,
        decision_id=decision.id,
        target=decision.target,
        suspect_revision=decision.suspect_revision,
        target_revision=_wanted_revision(decision),
        attempt=attempt,
        summary=made.summary,
        steps=tuple(steps),
        verify_by_unix_seconds=now_unix_seconds + decision.verification.within_seconds,
        objective=decision.verification.objective,
        incident=decision.verification.incident,
        proof="telemetry" if isinstance(decision, RollbackDecided) else "target",
        until_unix_seconds=decision.undo_at_unix_seconds if isinstance(decision, ScaleOutDecided) else None,
        until_decision_id=decision.rollback_id if isinstance(decision, FallbackDecided) else None,
    )


def between(kind: type[StepApplied | Compensating], decision: Action, wish: Wish | RollbackDecided, *, told: Told) -> Outcome:
    """Say how far a decision over several targets has come: one outcome of each kind a target."""
    return kind(
        id=derive_id("outcome", decision.id, type_name(kind), wish.target.phrase),
        workload=decision.workload,
        time_unix_seconds=told.now_unix_seconds,
        decision_id=decision.id,
        target=wish.target,
        suspect_revision=wish.suspect_revision,
        target_revision=wish.target_revision,
        attempt=told.attempt,
        summary=told.summary,
        steps=tuple(told.steps),
    )


def put_back(applied: ActionApplied, steps: Sequence[Step], summary: str, now_unix_seconds: float) -> PutBack:
    """Say that what was done for a while is over; ``target_revision`` is what answers now."""
    return PutBack(
        id=_outcome_id(applied.decision_id, PutBack),
        workload=applied.workload,
        time_unix_seconds=now_unix_seconds,
        decision_id=applied.decision_id,
        target=applied.target,
        suspect_revision=applied.target_revision,
        target_revision=applied.suspect_revision,
        attempt=applied.attempt,
        summary=summary,
        steps=tuple(steps),
    )


def concluded(verification: Verification, now_unix_seconds: float) -> Outcome | None:
    """Return the end of a verification that is over, or None."""
    if verification.state == "succeeded":
        by_target = "the target shows that it is done"
        detail = "telemetry reports the restored revision and what was asked of it"
        step = Step(name="verify", status="done", detail=by_target if verification.applied.proof == "target" else detail)
        return _end_of_applied(Succeeded, verification.applied, step, now_unix_seconds)
    if verification.state == "unverified":
        missing = ", ".join(sorted(verification.missing))
        step = Step(name="verify", status="failed", detail=f"not heard in time: {missing}")
        return _end_of_applied(Unverified, verification.applied, step, now_unix_seconds)
    return None


def _end_of_applied(kind: type[Outcome], applied: ActionApplied, step: Step, now_unix_seconds: float) -> Outcome:
    return kind(
        id=_outcome_id(applied.decision_id, kind),
        workload=applied.workload,
        time_unix_seconds=now_unix_seconds,
        decision_id=applied.decision_id,
        target=applied.target,
        suspect_revision=applied.suspect_revision,
        target_revision=applied.target_revision,
        attempt=applied.attempt,
        summary=f"{applied.summary}; {step.detail}",
        steps=(*applied.steps, step),
    )


def _outcome_id(decision_id: str, kind: type[Outcome]) -> str:
    return derive_id("outcome", decision_id, type_name(kind))


def _wanted_revision(decision: Action) -> str:
    """Name the revision that a decision wants live; one that changes nothing back wants what is there."""
    if isinstance(decision, RollbackDecided):
        return decision.target_revision
    return decision.fallback_revision if isinstance(decision, FallbackDecided) else decision.suspect_revision
