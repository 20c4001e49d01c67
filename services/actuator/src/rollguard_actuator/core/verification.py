"""
Verification: the change was made, and telemetry has to prove that it helped.

Proofs are signals about the restored revision, after the action and before the time is up; silence proves nothing, so without
telemetry the end is *unverified*. A changed alias alone is no proof: servers may still answer with what they loaded before. What
changes no revision is proved by its target instead, which is looked at again and again.
"""

from typing import Literal

import msgspec

from rollguard_actuator.core.ports import Observation
from rollguard_schemas.outcomes import ActionApplied
from rollguard_schemas.signals import AnomalyCleared, ObjectiveRecovered, RevisionServing, Signal

State = Literal["awaiting-revision", "awaiting-recovery", "succeeded", "unverified"]
Happening = Literal["restored-serves", "displaced", "proven", "time-is-up"]
Proof = Literal["serving", "objective", "incident", "target"]

TRANSITIONS: dict[tuple[State, Happening], State] = {
    ("awaiting-revision", "restored-serves"): "awaiting-recovery",
    ("awaiting-revision", "proven"): "succeeded",
    ("awaiting-revision", "time-is-up"): "unverified",
    ("awaiting-recovery", "displaced"): "awaiting-revision",
    ("awaiting-recovery", "proven"): "succeeded",
    ("awaiting-recovery", "time-is-up"): "unverified",
}


class IllegalMove(ValueError):
    """What happened cannot happen to a verification in that state."""


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """One action on its way to being believed."""

    applied: ActionApplied
    missing: frozenset[Proof]
    state: State = "awaiting-revision"


def advance(verification: Verification, happening: Happening) -> Verification:
    """
    Follow the table.

    Raises:

        IllegalMove: if the table does not know the move.
    """
    state = TRANSITIONS.get((verification.state, happening))
    if state is None:
        raise IllegalMove(f"{happening} cannot happen to a verification that is {verification.state}")
    return msgspec.structs.replace(verification, state=state)


def begin(applied: ActionApplied) -> Verification:
    """Start to verify an action; no objective and no incident means that serving is enough."""
    if applied.proof == "target":
        return Verification(applied=applied, missing=frozenset({"target"}))
    wanted: set[Proof] = {"serving"}
    if applied.objective is not None:
        wanted.add("objective")
    if applied.incident is not None:
        wanted.add("incident")
    return Verification(applied=applied, missing=frozenset(wanted))


def is_over(verification: Verification) -> bool:
    """Say whether nothing can happen any more."""
    return verification.state in ("succeeded", "unverified")


def hear(verification: Verification, signal: Signal) -> Verification:
    """Take a signal into account; one from another time proves nothing."""
    applied = verification.applied
    if (
        is_over(verification)
        or applied.proof == "target"
        or not applied.time_unix_seconds <= signal.time_unix_seconds <= applied.verify_by_unix_seconds
    ):
        return verification
    missing = _lost(applied, signal) | (verification.missing - _proven(applied, signal))
    happening = _what_happened(verification.missing, missing)
    heard = msgspec.structs.replace(verification, missing=missing)
    return advance(heard, happening) if happening else heard


def look(verification: Verification, seen: Observation) -> Verification:
    """Take what the target shows into account."""
    applied = verification.applied
    is_there = seen.revision == applied.target_revision or applied.decision_id in seen.acted
    if is_over(verification) or applied.proof != "target" or not is_there or seen.is_converged is False:
        return verification
    return advance(msgspec.structs.replace(verification, missing=frozenset()), "proven")


def tell_time(verification: Verification, now_unix_seconds: float) -> Verification:
    """Give up once the time is up."""
    if is_over(verification) or now_unix_seconds <= verification.applied.verify_by_unix_seconds:
        return verification
    return advance(verification, "time-is-up")


def _proven(applied: ActionApplied, signal: Signal) -> frozenset[Proof]:
    if signal.revision != applied.target_revision:
        return frozenset()
    proofs: set[Proof] = {"serving"}
    if isinstance(signal, ObjectiveRecovered) and signal.objective == applied.objective:
        proofs.add("objective")
    # An adopted level means that the metric stayed where it was: the incident is over, the trouble is not.
    if isinstance(signal, AnomalyCleared) and signal.incident == applied.incident and not signal.adopted:
        proofs.add("incident")
    return frozenset(proofs)


def _lost(applied: ActionApplied, signal: Signal) -> frozenset[Proof]:
    """Find what a signal takes away: another revision began to serve, as it does while replicas reload one by one."""
    if isinstance(signal, RevisionServing) and signal.revision not in (None, applied.target_revision):
        return frozenset({"serving"})
    return frozenset()


def _what_happened(before: frozenset[Proof], after: frozenset[Proof]) -> Happening | None:
    if not after:
        return "proven"
    if "serving" in before - after:
        return "restored-serves"
    return "displaced" if "serving" in after - before else None
