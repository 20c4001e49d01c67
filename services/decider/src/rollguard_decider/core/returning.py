"""
A rollout of what is known to be bad: an artifact in quarantine, or one that a decision took back before.

Nothing has been measured of this rollout yet, so nothing is taken back: it is asked to wait, once, and whoever is on call hears
that somebody rolled it out again. Evidence against it takes it back as any other.
"""

from rollguard_decider.core.answers import action, hold
from rollguard_decider.core.gates import COMMAND_GATES, examine, hold_id
from rollguard_decider.core.quarantine import Quarantined, in_force
from rollguard_decider.core.situation import Situation
from rollguard_decider.core.state import RolloutSeen, WorkloadState
from rollguard_schemas.decisions import Attribution, Decision, Explanation, HoldDecided, Verification
from rollguard_schemas.rollouts import RolloutStarted


def meet(situation: Situation, fact: RolloutStarted) -> list[Decision]:
    """Return the hold of a rollout that begins with what is known to be bad, or why it is not held; nothing for any other."""
    newest = situation.state.newest_rollout
    if situation.policy is None or newest is None or newest.rollout != fact.rollout:
        return []
    because = known_bad(situation.state, newest, situation.now)
    if because is None:
        return []
    gates, held = examine(COMMAND_GATES, situation)
    if held is not None:
        return [hold(situation, held, answers=fact.id, about=because, gates=gates)]
    return [_hold(situation, fact, because, (*gates, f"known to be bad: {because}"))]


def known_bad(state: WorkloadState, rollout: RolloutSeen, now: float) -> str | None:
    """Say why what is rolled out should not have been, or None."""
    for entry in in_force(state.quarantine, now):
        if _is_same(rollout, entry.revision, entry.artifact_digest) or _had_its_artifact(state, rollout, entry):
            why = f" ({entry.why})" if entry.why else ""
            return f"revision {rollout.to_revision} is quarantined by {entry.owner}{why}"
    for seen in state.rollouts:
        step = state.step_back_of(seen.rollout)
        is_other = seen.rollout != rollout.rollout and seen.is_reverted
        was_decided = step is not None and step.decision_id not in state.vetoed
        if is_other and was_decided and _is_same(rollout, seen.to_revision, seen.artifact_digest):
            return f"revision {rollout.to_revision} was taken back before"
    return None


def _is_same(rollout: RolloutSeen, revision: str, digest: str | None) -> bool:
    return rollout.to_revision == revision or (digest is not None and rollout.artifact_digest == digest)


def _had_its_artifact(state: WorkloadState, rollout: RolloutSeen, entry: Quarantined) -> bool:
    """Whether the quarantined revision is known to be the same artifact under another number."""
    digests = {seen.artifact_digest for seen in state.rollouts if seen.to_revision == entry.revision} - {None}
    return rollout.artifact_digest in digests


def _hold(situation: Situation, fact: RolloutStarted, because: str, gates: tuple[str, ...]) -> HoldDecided:
    state, spec = situation.state, situation.spec
    summary = f"Hold {state.workload} at revision {fact.to_revision}: {because}, and was rolled out again."
    return HoldDecided(
        **action(situation, hold_id(state.workload, fact.rollout), fact.to_revision),
        signal_ids=(fact.id,),
        attribution=Attribution(cause="rollout", summary=because, rollout=fact.rollout),
        explanation=Explanation(summary=summary, gates=gates),
        verification=Verification(within_seconds=spec.verify.within_seconds),
        until_unix_seconds=situation.now + spec.ladder.hold_seconds,
        rollout=fact.rollout,
    )
