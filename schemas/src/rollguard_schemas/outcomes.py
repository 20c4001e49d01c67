"""
Outcomes: what became of a decision, step by step, with what was read before and after.

``ActionApplied`` is no end: it says that the change was made and is being verified, so that an actuator that dies in between
resumes instead of acting twice. Nor are ``StepApplied`` and ``Compensating``, between the steps of a decision over several targets.
``PutBack`` comes after an end, where what was done was meant to last for a while.
"""

from typing import Literal

import msgspec

from rollguard_schemas.event import IdentifiedEvent
from rollguard_schemas.fields import Count, EventId, Name, Revision, UnixSeconds
from rollguard_schemas.targets import Target

Proof = Literal["telemetry", "target"]
StepStatus = Literal["done", "already-done", "refused", "failed", "planned"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was read or changed."""

    name: Name
    status: StepStatus
    detail: str = ""
    before: str | None = None
    after: str | None = None


class Outcome(IdentifiedEvent, frozen=True, kw_only=True):
    """What all outcomes share."""

    decision_id: EventId
    target: Target
    suspect_revision: Revision
    target_revision: Revision
    attempt: Count
    summary: str
    steps: tuple[Step, ...] = ()


class ActionApplied(Outcome, frozen=True, kw_only=True):
    """
    The change was made; telemetry, or the target itself, has until ``verify_by_unix_seconds`` to prove it.

    ``until_unix_seconds`` and ``until_decision_id`` say when it is to be put back: then, or once that decision has succeeded.
    """

    verify_by_unix_seconds: UnixSeconds
    objective: Name | None = None
    incident: EventId | None = None
    proof: Proof = "telemetry"
    until_unix_seconds: UnixSeconds | None = None
    until_decision_id: EventId | None = None


class StepApplied(Outcome, frozen=True, kw_only=True):
    """One target of several was changed; the others follow."""


class Compensating(Outcome, frozen=True, kw_only=True):
    """A later step failed for good: what was changed before it is being put back."""


class PutBack(Outcome, frozen=True, kw_only=True):
    """What was done for a while is over: the primary answers again, the extra replicas are gone."""


class Succeeded(Outcome, frozen=True, kw_only=True):
    """The restored revision serves and the objective holds."""


class Failed(Outcome, frozen=True, kw_only=True):
    """The change could not be made."""


class Skipped(Outcome, frozen=True, kw_only=True):
    """Nothing was to be done, or the mode forbids it."""


class Superseded(Outcome, frozen=True, kw_only=True):
    """The suspect no longer serves; nothing was touched."""


class Unverified(Outcome, frozen=True, kw_only=True):
    """The change was made, and telemetry did not prove it in time."""
