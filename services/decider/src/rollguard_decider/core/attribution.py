"""
Is the newest rollout to blame?

Two things speak for it: the telemetry itself names the revision, or the trouble began within the policy's window after the start.
A revision that is named and is another one always speaks against it, and so does a dependency that moved first (``upstream``).
Evidence that outlives a rollback is not the rollout's: a second automatic step back would chase a fault that lies elsewhere.
"""

from rollguard_decider.core.situation import Case, Held, Verdict
from rollguard_decider.core.state import RolloutSeen
from rollguard_decider.core.upstream import moved_first
from rollguard_decider.core.wording import duration
from rollguard_schemas.fields import Cause
from rollguard_schemas.signals import Regression

_ELSEWHERE: dict[Cause, str] = {
    "global": "its control moved as well, so the incident is global and not the rollout's",
    "segment": "without {segment} little of the evidence is left: one bad replica or zone is no bad release",
    "upstream": "what it depends on moved first",
    "unknown": "there is no control beside it, so nobody knows whether it is the rollout",
}


def is_the_rollout(case: Case) -> Verdict:
    """Hold unless the newest rollout is plausibly the cause."""
    rollout = case.state.newest_rollout
    if rollout is None:
        return _elsewhere("no rollout of this workload is known", "a rollout that started before this")
    return (
        _taken_back(case, rollout)
        or _other_revision(case, rollout)
        or _outside_window(case, rollout)
        or moved_first(case, rollout)
        or _compared_otherwise(case, rollout)
        or _to_blame(case, rollout)
    )


def seconds_after_start(case: Case, rollout: RolloutSeen) -> float:
    """Return how long after the rollout's start the signal speaks; negative before it."""
    return case.signal.time_unix_seconds - rollout.started_unix_seconds


def _taken_back(case: Case, rollout: RolloutSeen) -> Held | None:
    if not rollout.is_reverted:
        return None
    step = case.state.step_back_of(rollout.rollout)
    persists = case.signal.revision is not None and case.signal.revision == rollout.from_revision
    because = f"revision {rollout.to_revision} was taken back already" + (
        f", and the trouble shows on {rollout.from_revision} as well: it is not the rollout" if persists else ""
    )
    return Held(
        reason="not-the-rollout",
        because=because,
        would_change="a new rollout, or a person's RollBackNow: there is one automatic step back a rollout",
        decision_id=step.decision_id if step else None,
        cause="global" if persists else "unknown",
    )


def _other_revision(case: Case, rollout: RolloutSeen) -> Held | None:
    revision = case.signal.revision
    if revision is None or revision == rollout.to_revision:
        return None
    return _elsewhere(
        f"it was seen on revision {revision}, the newest rollout is to {rollout.to_revision}",
        f"the same signal on revision {rollout.to_revision}",
    )


def _outside_window(case: Case, rollout: RolloutSeen) -> Held | None:
    after, window = seconds_after_start(case, rollout), case.spec.guards.rollout_window_seconds
    if after > window:
        return _elsewhere(
            f"it began {duration(after)} after the rollout to {rollout.to_revision}, the window is {duration(window)}",
            f"guards.rolloutWindowSeconds of {after:.0f} or more",
        )
    if after < 0 and case.signal.revision is None:
        return _elsewhere(
            f"it began {duration(-after)} before the rollout to {rollout.to_revision}", "telemetry that names its revision"
        )
    return None


def _compared_otherwise(case: Case, rollout: RolloutSeen) -> Held | None:
    """
    Hold what comparison with the control puts down to something else.

    Other evidence knows the candidate alone: where both arms moved, it speaks as it would of a bad release. So it is held as well,
    if the policy lets comparison act in its place.
    """
    if isinstance(case.signal, Regression):
        return None if case.signal.attribution == "rollout" else _blamed_elsewhere(case.signal)
    compared = case.state.compared
    if compared is None or compared.rollout != rollout.rollout or not case.spec.act_on.regression:
        return None
    return _blamed_elsewhere(compared) if compared.attribution == "global" else None


def _blamed_elsewhere(compared: Regression) -> Held:
    return Held(
        reason="not-the-rollout",
        because=_ELSEWHERE[compared.attribution].format(segment=compared.segment or "it"),
        would_change=f"revision {compared.revision or 'unknown'} being worse than its control at the same time",
        cause=compared.attribution,
    )


def _to_blame(case: Case, rollout: RolloutSeen) -> str:
    after = duration(max(0.0, seconds_after_start(case, rollout)))
    named = "telemetry names the revision" if case.signal.revision else "telemetry names no revision"
    return f"{after} after the rollout to {rollout.to_revision} started; {named}"


def _elsewhere(because: str, would_change: str) -> Held:
    return Held(reason="not-the-rollout", because=because, would_change=would_change)
