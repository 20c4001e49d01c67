"""
The ledger: what was said about one workload, folded from outcomes, rollouts and signals.

It answers three questions: was this decision answered already, what is still to be verified, and which revisions were good. The
topics come in no order among each other, so the latest signals are kept for an action that is heard of after them.
"""

import msgspec

from rollguard_actuator.core import serving as rollouts
from rollguard_actuator.core import verification as verifications
from rollguard_actuator.core.lifecycle import ENDS, LIFE_AFTER, Life
from rollguard_actuator.core.serving import Serving
from rollguard_actuator.core.verification import Verification
from rollguard_schemas.outcomes import ActionApplied, Outcome, Succeeded
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import RevisionServing, Signal

# Enough for the seconds between a change and the news of it; verification of anything older has begun by then.
_RECENT_SIGNALS = 64


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """One workload's past."""

    serving: Serving = Serving()
    lives: dict[str, Life] = {}
    verifications: dict[str, Verification] = {}
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
    """Note an outcome. An end stands, even where the log no longer holds what came before it."""
    if ledger.life(outcome.decision_id) in ENDS:
        return ledger
    pending = {key: value for key, value in ledger.verifications.items() if key != outcome.decision_id}
    if isinstance(outcome, ActionApplied):
        pending[outcome.decision_id] = ledger.verifications.get(outcome.decision_id) or _begun(ledger, outcome)
    serving = ledger.serving
    if isinstance(outcome, Succeeded):
        serving = rollouts.with_good(serving, outcome.target_revision)
    lives = {**ledger.lives, outcome.decision_id: LIFE_AFTER[type(outcome)]}
    return msgspec.structs.replace(ledger, lives=lives, verifications=pending, serving=serving)


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
