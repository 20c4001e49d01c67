"""
Building the decisions: an action or a ``Withheld``, each with its explanation.

Ids come from causes: one for each rollout that is taken back, one for each signal that is answered. Whoever sees the same cause
twice writes the same id twice.
"""

from hashlib import blake2b
from typing import Any

import msgspec

from rollguard_decider.core.attribution import seconds_after_start
from rollguard_decider.core.gates import hold_id, rollback_id
from rollguard_decider.core.legs import legs
from rollguard_decider.core.modes import mode_of
from rollguard_decider.core.rungs import only_in_flight
from rollguard_decider.core.situation import Case, Held, Situation
from rollguard_decider.core.wording import describe_signal, duration
from rollguard_schemas.decisions import (
    Attribution,
    Explanation,
    HoldDecided,
    PolicyReference,
    RollbackDecided,
    Verification,
    Withheld,
)
from rollguard_schemas.evidence import Contribution
from rollguard_schemas.ids import derive_id
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.signals import AnomalyOpened, ObjectiveSignal


def roll_back(case: Case, target_revision: str, gates: tuple[str, ...]) -> RollbackDecided:
    """Answer a signal with the action."""
    state, spec, rollout, signal = case.state, case.spec, case.rollout, case.signal
    return RollbackDecided(
        **action(case, rollback_id(state.workload, rollout.rollout), rollout.to_revision),
        signal_ids=(signal.id,),
        attribution=attribution(case),
        explanation=explanation(case, _deed(case, target_revision), gates),
        verification=Verification(
            within_seconds=spec.verify.within_seconds,
            objective=signal.objective if isinstance(signal, ObjectiveSignal) else None,
            incident=signal.incident if isinstance(signal, AnomalyOpened) else None,
        ),
        rollout=rollout.rollout,
        target_revision=target_revision,
        also=legs(state, spec.also, rollout.to_revision, target_revision),
        only_in_flight=only_in_flight(case),
    )


def _deed(case: Case, target_revision: str) -> str:
    workload, suspect = case.state.workload, case.rollout.to_revision
    if only_in_flight(case):
        return f"Abort the rollout of {workload} to revision {suspect}, which returns it to {target_revision}"
    return f"Take {workload} back from revision {suspect} to {target_revision}"


def stop_rollout(case: Case, gates: tuple[str, ...]) -> HoldDecided:
    """Answer a signal by holding the rollout where it is; nothing is changed back."""
    state, spec, rollout, signal = case.state, case.spec, case.rollout, case.signal
    hold_seconds = spec.ladder.hold_seconds
    return HoldDecided(
        **action(case, hold_id(state.workload, rollout.rollout), rollout.to_revision),
        signal_ids=(signal.id,),
        attribution=attribution(case),
        explanation=explanation(
            case, f"Hold {state.workload} at revision {rollout.to_revision} for {duration(hold_seconds)}", gates
        ),
        verification=Verification(within_seconds=spec.verify.within_seconds),
        until_unix_seconds=case.now + hold_seconds,
        rollout=rollout.rollout,
    )


def action(situation: Situation, decision_id: str, suspect_revision: str) -> dict[str, Any]:
    """Return what every action says of itself, its target and its time."""
    spec = situation.spec
    return {
        "id": decision_id,
        "workload": situation.state.workload,
        "time_unix_seconds": situation.now,
        "policy": reference(situation.policy),
        "mode": mode_of(situation),
        "target": spec.target,
        "suspect_revision": suspect_revision,
        "fence": situation.state.fence + 1,
        "deadline_unix_seconds": situation.now + spec.verify.decision_expires_after_seconds,
    }


def attribution(case: Case) -> Attribution:
    """Put the blame on the rollout."""
    return Attribution(cause="rollout", summary=_blame(case), rollout=case.rollout.rollout)


def explanation(case: Case, what: str, gates: tuple[str, ...]) -> Explanation:
    """Say what is done, on which evidence, and why the rollout is to blame."""
    return Explanation(
        summary=f"{what}: {describe_signal(case.signal)}, and {_blame(case)}.",
        gates=gates,
        contributions=case.signal.evidence.contributions,
    )


def _blame(case: Case) -> str:
    after = duration(max(0.0, seconds_after_start(case, case.rollout)))
    return f"it began {after} after the rollout to revision {case.rollout.to_revision} started"


def hold(
    situation: Situation,
    held: Held,
    *,
    answers: str,
    about: str,
    gates: tuple[str, ...] = (),
    contributions: tuple[Contribution, ...] = (),
) -> Withheld:
    """Answer the signal or command of id ``answers``, which says ``about``, with nothing but the reason."""
    newest = situation.state.newest_rollout
    return Withheld(
        id=derive_id("withheld", answers),
        workload=situation.state.workload,
        time_unix_seconds=situation.now,
        signal_ids=(answers,),
        policy=reference(situation.policy),
        mode=situation.policy.spec.mode if situation.policy else "observe",
        attribution=Attribution(
            cause=held.cause, summary=held.because, rollout=newest.rollout if newest else None, upstream=held.upstream
        ),
        explanation=Explanation(
            summary=f"No action on {situation.state.workload}: {about}; {held.because}.", gates=gates, contributions=contributions
        ),
        reason=held.reason,
        would_change=held.would_change,
        decision_id=held.decision_id,
    )


def reference(policy: RollbackPolicy | None) -> PolicyReference | None:
    """Name a policy by its exact text."""
    if policy is None:
        return None
    text = msgspec.json.encode(policy, order="deterministic")
    return PolicyReference(name=policy.metadata.name, digest=f"blake2b:{blake2b(text, digest_size=16).hexdigest()}")
