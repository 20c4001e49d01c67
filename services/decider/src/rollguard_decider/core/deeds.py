"""
Building the decisions that take nothing back: more replicas, a restart, an order to others, and a light model that answers beside
a rollback.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from rollguard_decider.core.acts import act_id
from rollguard_decider.core.answers import action, attribution, explanation
from rollguard_decider.core.situation import Case, Situation
from rollguard_decider.core.wording import describe_signal
from rollguard_schemas.decisions import (
    Action,
    Attribution,
    CallDecided,
    Decision,
    Explanation,
    FallbackDecided,
    RestartDecided,
    RollbackDecided,
    ScaleOutDecided,
    Verification,
)
from rollguard_schemas.ids import derive_id
from rollguard_schemas.policy_ladder import Rung
from rollguard_schemas.signals import ObjectiveSignal


def scale_out(case: Case, gates: tuple[str, ...]) -> ScaleOutDecided:
    """Answer a signal with more replicas, whoever is to blame."""
    rules = case.spec.scale_out
    if rules is None:
        raise AssertionError("a policy whose ladder reaches scale-out says how far")
    how_far = f"by {rules.by}" if rules.by is not None else f"to {rules.to}"
    what = f"Run more replicas of {case.state.workload}, {how_far}, at most {rules.max_replicas}"
    undo_after = rules.undo_after_seconds
    return ScaleOutDecided(
        **_blameless(case, what, gates),
        max_replicas=rules.max_replicas,
        by=rules.by,
        to=rules.to,
        undo_at_unix_seconds=None if undo_after is None else case.now + undo_after,
    )


def call(case: Case, gates: tuple[str, ...]) -> CallDecided:
    """Answer a signal with an order to a receiver of somebody's own, whoever is to blame."""
    spec = case.spec
    if spec.call is None:
        raise AssertionError("a policy whose ladder reaches call says what to order")
    what = f"Order {spec.call.order} of {spec.call.receiver.phrase} for {case.state.workload}"
    return CallDecided(**{**_blameless(case, what, gates), "target": spec.call.receiver}, order=spec.call.order)


def _blameless(case: Case, what: str, gates: tuple[str, ...]) -> dict[str, Any]:
    """Return what an act says that answers a signal whoever is to blame."""
    told = describe_signal(case.signal)
    return {
        **action(case, act_id(case), str(case.state.current_revision)),
        "attribution": Attribution(cause="unknown", summary=f"{told}; nobody has to be to blame for it"),
        "explanation": Explanation(summary=f"{what}: {told}.", gates=gates, contributions=case.signal.evidence.contributions),
        "signal_ids": (case.signal.id,),
        "verification": Verification(within_seconds=case.spec.verify.within_seconds),
    }


def restart(case: Case, gates: tuple[str, ...]) -> RestartDecided:
    """Answer a signal by starting what serves anew."""
    signal, rollout = case.signal, case.rollout
    return RestartDecided(
        **action(case, act_id(case), rollout.to_revision),
        attribution=attribution(case),
        explanation=explanation(case, f"Restart {case.state.workload} at revision {rollout.to_revision}", gates),
        signal_ids=(signal.id,),
        verification=Verification(
            within_seconds=case.spec.verify.within_seconds,
            objective=signal.objective if isinstance(signal, ObjectiveSignal) else None,
        ),
        rollout=rollout.rollout,
    )


DEEDS: dict[Rung, Callable[[Case, tuple[str, ...]], Action]] = {"scale-out": scale_out, "restart": restart, "call": call}


def with_fallback(situation: Situation, decision: Decision) -> list[Decision]:
    """Let the light model of the policy take over before a rollback that acts; the fences say in which order they were decided."""
    if not isinstance(decision, RollbackDecided) or decision.mode != "act" or situation.spec.fallback is None:
        return [decision]
    fallback = situation.spec.fallback
    what = f"Let {fallback.light} answer for {fallback.primary} until {decision.suspect_revision} is taken back"
    first = FallbackDecided(
        **{**action(situation, derive_id("fallback", decision.id), fallback.primary), "target": fallback.target, "mode": "act"},
        attribution=decision.attribution,
        explanation=Explanation(summary=f"{what}: {decision.explanation.summary}", gates=decision.explanation.gates),
        signal_ids=(),
        verification=Verification(within_seconds=situation.spec.verify.within_seconds),
        fallback_revision=fallback.light,
        rollback_id=decision.id,
    )
    return [first, msgspec.structs.replace(decision, fence=first.fence + 1)]
