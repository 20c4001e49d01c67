"""
May it act by itself? The policy's mode, lowered in the hours in which people want to be asked, and the approval that it asks for.

A mode is lowered and never raised, and a decision that waits for a person is published all the same: that is how they hear of it.
"""

from rollguard_decider.core.situation import Held, Situation, Verdict
from rollguard_decider.core.windows import window_at
from rollguard_decider.core.wording import duration
from rollguard_schemas.commands import Approve
from rollguard_schemas.decisions import RollbackDecided
from rollguard_schemas.fields import Mode


def mode_of(situation: Situation) -> Mode:
    """Return the mode in which a decision is published."""
    spec = situation.spec
    if spec.mode == "act" and (spec.approval.required or window_at(spec.guards.recommend_only_windows, situation.now)):
        return "recommend"
    return spec.mode


def asks_or_acts(situation: Situation) -> Verdict:
    """Say which mode holds, and why it is not the policy's own, where it is not."""
    spec = situation.spec
    window = window_at(spec.guards.recommend_only_windows, situation.now) if spec.mode == "act" else None
    return f"recommend, since it is {window.name}" if window else spec.mode


def is_approval_needed(situation: Situation) -> Verdict:
    """Say who is waited for."""
    approval = situation.spec.approval
    if mode_of(situation) != "recommend":
        return "not needed" if mode_of(situation) == "act" else "nobody is asked in observe"
    return f"waits {duration(approval.timeout_seconds)} for {' or '.join(approval.by) or 'anybody'}"


def may_approve(situation: Situation, command: Approve, recommended: RollbackDecided) -> Held | None:
    """Hold an approval by somebody whom the policy does not name, or one that comes too late."""
    approval = situation.spec.approval
    if approval.by and command.by not in approval.by:
        return Held(
            reason="not-an-approver",
            because=f"{command.by} may not approve, {' or '.join(approval.by)} may",
            would_change=f"an approval by {' or '.join(approval.by)}",
            decision_id=recommended.id,
        )
    waited = situation.now - recommended.time_unix_seconds
    if waited > approval.timeout_seconds:
        return Held(
            reason="approval-expired",
            because=f"it was recommended {duration(waited)} ago, approval.timeoutSeconds is {duration(approval.timeout_seconds)}",
            would_change="RollBackNow, or new evidence on a new rollout",
            decision_id=recommended.id,
        )
    return None
