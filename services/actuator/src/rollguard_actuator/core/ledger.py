"""
The ledger: what was said about one workload, folded from outcomes, rollouts and signals.

It answers three questions: was this decision answered already, what is still to be verified, and which revisions were good. The
topics come in no order among each other, so the latest signals are kept for an action that is heard of after them.
"""

import msgspec

from rollguard_actuator.core import serving as rollouts
from rollguard_actuator.core import verification as verifications
from rollguard_actuator.core.lifecycle import ENDS, LIFE_AFTER, TRANSITIONS, Life
from rollguard_actuator.core.serving import Serving
from rollguard_actuator.core.verification import Verification
from rollguard_schemas.outcomes import ActionApplied, Compensating, Outcome, PutBack, StepApplied, Succeeded
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import RevisionServing, Signal

# Enough for the seconds between a change and the news of it; verification of anything older has begun by then.
_RECENT_SIGNALS = 64


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """
    One workload's past; ``temporary`` is what is to be put back one day, ``steps`` what was made of decisions that are under way.
    """

    serving: Serving = Serving()
    lives: dict[str, Life] = {}
    verifications: dict[str, Verification] = {}
    temporary: dict[str, ActionApplied] = {}
    steps: dict[str, tuple[StepApplied, ...]] = {}
    reported: RevisionServing | None = None
    recent_signals: tuple[Signal, ...] = ()

    def life(self, decision_id: str) -> Life:
        """Say what became of a decision so far."""
        return self.lives.get(decision_id, "unanswered")

    @property
    def reported_revision(self) -> str | None:
        """The revision that telemetry reported last."""
        return self.reported.revision if self.reported else None


def evolve(ledger: Ledger, event: Outcome | Rollout | Signal) -> Ledger:
    """Take one event into account; total, and idempotent for duplicates."""
    if isinstance(event, Outcome):
        return _answered(ledger, event)
    if isinstance(event, Rollout):
        return msgspec.structs.replace(ledger, serving=rollouts.evolve(ledger.serving, event))
    return _heard(ledger, event)


def _answered(ledger: Ledger, outcome: Outcome) -> Ledger:
    """
    Note an outcome. An end stands, even where the log no longer holds what came before it; so does an action, which nothing but its
    verification ends: of two actuators that answer one decision, every reader believes the first.
    """
    if isinstance(outcome, PutBack):
        return _put_back(ledger, outcome)
    life = ledger.life(outcome.decision_id)
    if life in ENDS or (life == "applied" and (life, type(outcome)) not in TRANSITIONS):
        return ledger
    verified = ledger.verifications.get(outcome.decision_id)
    was_on_target = verified is not None and verified.applied.proof == "target"
    pending = {key: value for key, value in ledger.verifications.items() if key != outcome.decision_id}
    if isinstance(outcome, ActionApplied):
        pending[outcome.decision_id] = ledger.verifications.get(outcome.decision_id) or _begun(ledger, outcome)
    serving = ledger.serving
    if isinstance(outcome, Succeeded) and not was_on_target:
        serving = rollouts.with_good(serving, outcome.target_revision)
    lives = {**ledger.lives, outcome.decision_id: LIFE_AFTER[type(outcome)]}
    return msgspec.structs.replace(
        ledger,
        lives=lives,
        verifications=pending,
        serving=serving,
        temporary=_temporary(ledger, outcome),
        steps=_steps(ledger, outcome),
    )


def _temporary(ledger: Ledger, outcome: Outcome) -> dict[str, ActionApplied]:
    if isinstance(outcome, ActionApplied) and (outcome.until_unix_seconds is not None or outcome.until_decision_id is not None):
        return {**ledger.temporary, outcome.decision_id: outcome}
    return ledger.temporary


def _steps(ledger: Ledger, outcome: Outcome) -> dict[str, tuple[StepApplied, ...]]:
    """Keep the steps of a decision until it is applied or over."""
    made = ledger.steps.get(outcome.decision_id, ())
    if isinstance(outcome, StepApplied):
        return {**ledger.steps, outcome.decision_id: (*(one for one in made if one.id != outcome.id), outcome)}
    if isinstance(outcome, Compensating):
        return ledger.steps
    return {key: value for key, value in ledger.steps.items() if key != outcome.decision_id}


def _put_back(ledger: Ledger, outcome: PutBack) -> Ledger:
    left = {key: value for key, value in ledger.temporary.items() if key != outcome.decision_id}
    return msgspec.structs.replace(ledger, temporary=left, lives={**ledger.lives, outcome.decision_id: "put-back"})


def _begun(ledger: Ledger, applied: ActionApplied) -> Verification:
    verification = verifications.begin(applied)
    for signal in ledger.recent_signals:
        verification = verifications.hear(verification, signal)
    return verification


def _heard(ledger: Ledger, signal: Signal) -> Ledger:
    reported = ledger.reported
    if isinstance(signal, RevisionServing) and (reported is None or signal.time_unix_seconds >= reported.time_unix_seconds):
        reported = signal
    return msgspec.structs.replace(
        ledger,
        reported=reported,
        verifications={key: verifications.hear(value, signal) for key, value in ledger.verifications.items()},
        recent_signals=(*ledger.recent_signals, signal)[-_RECENT_SIGNALS:],
    )
