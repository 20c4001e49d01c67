"""
What is still to be done about a change that was made: look whether its target shows it, and put back what was meant for a while.
"""

from collections.abc import Iterator

from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.lifecycle import ENDS
from rollguard_actuator.core.plan import Wish
from rollguard_actuator.core.ports import Observation
from rollguard_schemas.outcomes import ActionApplied


def to_look_at(ledger: Ledger) -> Iterator[ActionApplied]:
    """Yield what only its target can prove."""
    return (each.applied for each in ledger.verifications.values() if each.applied.proof == "target")


def to_put_back(ledger: Ledger, now_unix_seconds: float) -> Iterator[ActionApplied]:
    """Yield what is over: its time has come, or the decision that it waited for has succeeded; what may still be proved is not."""
    for applied in ledger.temporary.values():
        if ledger.life(applied.decision_id) not in ENDS:
            continue
        is_time = applied.until_unix_seconds is not None and now_unix_seconds >= applied.until_unix_seconds
        awaited = applied.until_decision_id
        if is_time or (awaited is not None and ledger.life(awaited) == "succeeded"):
            yield applied


def hand_back(applied: ActionApplied, seen: Observation, now_unix_seconds: float) -> Wish | None:
    """Return the move from the light model to the primary; None where somebody else has moved the target since."""
    claim = seen.claim
    if claim is None or claim.decision_id != applied.decision_id:
        return None
    if seen.revision not in (applied.suspect_revision, applied.target_revision):
        return None
    return Wish(
        id=applied.decision_id,
        fence=claim.fence,
        target=applied.target,
        suspect_revision=applied.target_revision,
        target_revision=applied.suspect_revision,
        time_unix_seconds=now_unix_seconds,
        deadline_unix_seconds=now_unix_seconds,
        marks=False,
    )
