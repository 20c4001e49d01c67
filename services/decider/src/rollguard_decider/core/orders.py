"""
What people order: roll back now, or let a recommended decision act.

A person needs no evidence, so the gates that weigh it are passed over. The kill switch and a freeze hold all the same: they are
people's word too, and the later order does not say that the earlier one was lifted. A refused order is answered with its reason.
"""

import msgspec

from rollguard_decider.core.answers import hold, reference
from rollguard_decider.core.gates import COMMAND_GATES, examine
from rollguard_decider.core.last_good import last_good_revision
from rollguard_decider.core.legs import legs
from rollguard_decider.core.modes import may_approve
from rollguard_decider.core.quarantine import in_force
from rollguard_decider.core.situation import Held, Situation
from rollguard_schemas.commands import Approve, Command, RollBackNow
from rollguard_schemas.decisions import Attribution, Decision, Explanation, RollbackDecided, Verification
from rollguard_schemas.ids import derive_id


def obey(situation: Situation, command: RollBackNow | Approve) -> Decision:
    """Answer an order with the action, or with why there is none."""
    gates, held = examine(COMMAND_GATES, situation)
    if held is None:
        decided = (
            _roll_back_now(situation, command, gates) if isinstance(command, RollBackNow) else _approve(situation, command, gates)
        )
        if not isinstance(decided, Held):
            return decided
        held = decided
    return hold(situation, held, answers=command.id, about=_asked(command), gates=gates)


def approved_id(decision_id: str) -> str:
    """Return the id under which a recommended decision acts."""
    return derive_id("rollback", decision_id, "approved")


def _roll_back_now(situation: Situation, command: RollBackNow, gates: tuple[str, ...]) -> RollbackDecided | Held:
    state, spec = situation.state, situation.spec
    suspect = state.current_revision
    if suspect is None:
        return Held(
            reason="not-the-rollout", because="no serving revision is known", would_change="a rollout, or telemetry that names one"
        )
    good = last_good_revision(state, suspect, spec.guards, situation.now)
    target = command.target_revision or (good.revision if good else None)
    if target is None or target == suspect or _is_quarantined(situation, target):
        return _no_target(target, suspect)
    newest = state.newest_rollout
    rollout = newest.rollout if newest else derive_id("rollout", state.workload, suspect)
    return RollbackDecided(
        id=derive_id("rollback-now", command.id),
        workload=state.workload,
        time_unix_seconds=situation.now,
        signal_ids=(command.id,),
        policy=reference(situation.policy),
        mode="act",
        attribution=Attribution(cause="unknown", summary=_asked(command), rollout=rollout),
        explanation=Explanation(
            summary=f"Take {state.workload} back from revision {suspect} to {target}: {_asked(command)}.", gates=gates
        ),
        target=spec.target,
        suspect_revision=suspect,
        fence=state.fence + 1,
        deadline_unix_seconds=situation.now + spec.verify.decision_expires_after_seconds,
        verification=Verification(within_seconds=spec.verify.within_seconds),
        rollout=rollout,
        target_revision=target,
        also=legs(state, spec.also, suspect, target),
    )


def _is_quarantined(situation: Situation, revision: str) -> bool:
    return any(one.revision == revision for one in in_force(situation.state.quarantine, situation.now))


def _no_target(target: str | None, suspect: str) -> Held:
    if target is None:
        because = f"no revision before {suspect} is known to be good"
    elif target == suspect:
        because = f"revision {suspect} is the one that serves"
    else:
        because = f"revision {target} is quarantined"
    return Held(reason="no-last-good-revision", because=because, would_change="another target revision")


def _approve(situation: Situation, command: Approve, gates: tuple[str, ...]) -> RollbackDecided | Held:
    recommended = next((one for one in situation.state.recommended if one.id == command.decision_id), None)
    held = _not_approvable(situation, command, recommended)
    if recommended is None or held is not None:
        return held or _moved_on(command)
    return msgspec.structs.replace(
        recommended,
        id=approved_id(recommended.id),
        time_unix_seconds=situation.now,
        signal_ids=(command.id,),
        mode="act",
        explanation=msgspec.structs.replace(
            recommended.explanation, gates=(*recommended.explanation.gates, *gates, f"approval: {_asked(command)}")
        ),
        fence=situation.state.fence + 1,
        deadline_unix_seconds=situation.now + situation.spec.verify.decision_expires_after_seconds,
    )


def _not_approvable(situation: Situation, command: Approve, recommended: RollbackDecided | None) -> Held | None:
    state = situation.state
    if command.decision_id in state.vetoed:
        return Held(reason="vetoed", because="it was vetoed", would_change="RollBackNow", decision_id=command.decision_id)
    approved = approved_id(command.decision_id)
    if any(step.decision_id in (approved, command.decision_id) for step in state.steps_back) and recommended is None:
        return Held(reason="already-decided", because="it acts already", would_change="a new rollout", decision_id=approved)
    newest = state.newest_rollout
    if recommended is None or newest is None or newest.rollout != recommended.rollout or newest.is_reverted:
        return _moved_on(command)
    if _is_quarantined(situation, recommended.target_revision):
        return _no_target(recommended.target_revision, recommended.suspect_revision)
    return may_approve(situation, command, recommended)


def _moved_on(command: Approve) -> Held:
    because = f"no decision {command.decision_id} waits for approval: it is unknown, or a later rollout took its place"
    return Held(reason="not-the-rollout", because=because, would_change="approving a decision on the newest rollout")


def _asked(command: Command) -> str:
    what = "a rollback at once" if isinstance(command, RollBackNow) else "the recommended rollback"
    return f"{command.by} asked for {what}" + (f" ({command.why})" if command.why else "")
