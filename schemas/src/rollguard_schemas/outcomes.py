"""
Outcomes: what became of a decision, step by step, with what was read before and after.

``ActionApplied`` is the only one that is not an end: it says that the change was made and is being verified, so that an actuator
that dies in between resumes instead of acting twice.
"""

from typing import Literal

import msgspec

from rollguard_schemas.event import IdentifiedEvent
from rollguard_schemas.fields import Count, EventId, Name, Revision, UnixSeconds
from rollguard_schemas.targets import Target

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
    """The change was made; telemetry has until ``verify_by_unix_seconds`` to prove it."""

    verify_by_unix_seconds: UnixSeconds
    objective: Name | None = None
    incident: EventId | None = None


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
