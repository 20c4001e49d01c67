"""
Rollouts from observations: what changed on a target since the log last spoke of it.

The ids depend only on what happened before, so a restart repeats them, and moving back and forth does not. A move that bears the
claim of a decision is ours, once; any other was made by somebody else, and one back to where the rollout came from is a rollback
by hand.
"""

from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.lifecycle import Life
from rollguard_actuator.core.ports import Observation
from rollguard_actuator.core.serving import Serving
from rollguard_schemas.ids import derive_id
from rollguard_schemas.rollouts import Beside, Rollout, RolloutFinished, RolloutProgressed, RolloutReverted, RolloutStarted
from rollguard_schemas.targets import Target

# A claim may be left by a decision that somebody overtook just before its move.
_MOVED_NOTHING: frozenset[Life] = frozenset({"skipped", "superseded"})


def moved(
    workload: str, target: Target, ledger: Ledger, seen: Observation, now_unix_seconds: float, *, also: tuple[Beside, ...] = ()
) -> Rollout | None:
    """
    Return the event of a move, or None where nothing moved; a target that points nowhere is no rollout.

    ``also`` is where the policy's other targets point now: theirs is a move of the rollout that is the current one.
    """
    serving = ledger.serving
    if seen.revision is None:
        return None
    if seen.revision == serving.revision:
        return _moved_beside(serving, also, now_unix_seconds)
    by_decision = _decision_behind(ledger, seen)
    is_return = serving.rollout is not None and seen.revision == serving.rollout.from_revision
    if serving.revision is not None and (by_decision or is_return):
        return _reverted(workload, target, serving, to_revision=seen.revision, decision_id=by_decision, at=now_unix_seconds)
    rollout = _new_rollout_id(workload, serving, seen.revision)
    return RolloutStarted(
        id=derive_id("rollout-started", rollout),
        workload=workload,
        time_unix_seconds=now_unix_seconds,
        rollout=rollout,
        target=target,
        from_revision=serving.revision,
        to_revision=seen.revision,
        artifact_digest=seen.artifact,
        also=also,
    )


def _moved_beside(serving: Serving, also: tuple[Beside, ...], now_unix_seconds: float) -> RolloutProgressed | None:
    rollout = serving.rollout
    if rollout is None or not also or also == serving.also:
        return None
    places = [part for beside in also for part in (beside.target.phrase, beside.revision)]
    return RolloutProgressed(
        id=derive_id("rollout-progressed", rollout.rollout, len(serving.heard), *places),
        workload=rollout.workload,
        time_unix_seconds=now_unix_seconds,
        rollout=rollout.rollout,
        target=rollout.target,
        from_revision=rollout.from_revision,
        to_revision=rollout.to_revision,
        traffic_ratio=rollout.traffic_ratio,
        also=also,
    )


def finished(serving: Serving, reported_revision: str | None, now_unix_seconds: float) -> RolloutFinished | None:
    """Return the end of the current rollout once telemetry reports its revision."""
    rollout = serving.rollout
    if rollout is None or serving.is_finished or reported_revision != rollout.to_revision:
        return None
    return RolloutFinished(
        id=derive_id("rollout-finished", rollout.rollout),
        workload=rollout.workload,
        time_unix_seconds=now_unix_seconds,
        rollout=rollout.rollout,
        target=rollout.target,
        from_revision=rollout.from_revision,
        to_revision=rollout.to_revision,
    )


def _decision_behind(ledger: Ledger, seen: Observation) -> str | None:
    """Find the decision whose move this is; a claim explains one move, however long it stays written there."""
    claim = seen.claim
    if claim is None or claim.revision != seen.revision or claim.decision_id in ledger.serving.explained:
        return None
    return None if ledger.life(claim.decision_id) in _MOVED_NOTHING else claim.decision_id


def _reverted(
    workload: str, target: Target, serving: Serving, *, to_revision: str, decision_id: str | None, at: float
) -> RolloutReverted:
    rollout = serving.rollout.rollout if serving.rollout else _new_rollout_id(workload, serving, to_revision)
    return RolloutReverted(
        id=derive_id("rollout-reverted", rollout, to_revision),
        workload=workload,
        time_unix_seconds=at,
        rollout=rollout,
        target=target,
        from_revision=serving.revision,
        to_revision=to_revision,
        decision_id=decision_id,
    )


def _new_rollout_id(workload: str, serving: Serving, to_revision: str) -> str:
    return derive_id("rollout", workload, serving.revision, to_revision, serving.rollouts_started)
