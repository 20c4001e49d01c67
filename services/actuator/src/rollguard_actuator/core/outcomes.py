"""
Outcomes from decisions and verifications.

An outcome's id comes from the decision and the kind of outcome alone: two attempts at saying the same thing are one thing said.
"""

from collections.abc import Sequence

from rollguard_actuator.core.plan import Plan, Verdict
from rollguard_actuator.core.ports import Capabilities
from rollguard_actuator.core.verification import Verification
from rollguard_schemas.decisions import Action, FallbackDecided, RollbackDecided
from rollguard_schemas.event import type_name
from rollguard_schemas.ids import derive_id
from rollguard_schemas.outcomes import ActionApplied, Failed, Outcome, Skipped, Step, Succeeded, Superseded, Unverified

# What the verdicts that change nothing are called to the world; the other two lead to ActionApplied.
END_OF: dict[Verdict, type[Outcome]] = {"superseded": Superseded, "expired": Skipped, "refused": Failed}


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
    decision: RollbackDecided,
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
        target_revision=decision.target_revision,
        attempt=attempt,
        summary=made.summary,
        steps=tuple(steps),
        verify_by_unix_seconds=now_unix_seconds + decision.verification.within_seconds,
        objective=decision.verification.objective,
        incident=decision.verification.incident,
    )


def concluded(verification: Verification, now_unix_seconds: float) -> Outcome | None:
    """Return the end of a verification that is over, or None."""
    if verification.state == "succeeded":
        step = Step(name="verify", status="done", detail="telemetry reports the restored revision and what was asked of it")
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
