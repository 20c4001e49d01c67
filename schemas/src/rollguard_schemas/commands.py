"""
Commands: what people tell the decider. Each says by whom, why and, where it lasts, until when.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from rollguard_schemas.event import kebab
from rollguard_schemas.fields import FLEET, EventId, Name, Revision, Scope, UnixSeconds

Who = Annotated[str, Meta(min_length=1, max_length=253, description="Who says it.")]


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=kebab):
    """
    What all commands share; one for many workloads (``*``, ``namespace/*``) is sent once to every partition.

    A command without a reason is refused by the decider: whoever looks next will want to know.
    """

    id: EventId
    workload: Scope
    time_unix_seconds: UnixSeconds
    by: Who
    why: str = ""
    until_unix_seconds: UnixSeconds | None = None


class Approve(Command, frozen=True, kw_only=True):
    """Let a recommended decision act."""

    decision_id: EventId


class Veto(Command, frozen=True, kw_only=True):
    """Forbid a decision; the suspect stays."""

    decision_id: EventId


class Freeze(Command, frozen=True, kw_only=True):
    """Take no action on the workload until unfrozen, or until the time given."""


class Unfreeze(Command, frozen=True, kw_only=True):
    """End a freeze."""


class Mute(Command, frozen=True, kw_only=True):
    """Ignore signals of one metric, or of all."""

    metric: Name | None = None


class Quarantine(Command, frozen=True, kw_only=True):
    """Do not return to this revision, nor to its artifact under another number, until it is released or its time is over."""

    revision: Revision
    artifact_digest: str | None = None
    owner: Annotated[str, Meta(description="Who sees to it; whoever says it where it is empty.")] = ""


class Release(Command, frozen=True, kw_only=True):
    """End a quarantine: the revision may be returned to again."""

    revision: Revision


class KillSwitch(Command, frozen=True, kw_only=True):
    """Stop (or allow again) every action, at once."""

    engaged: bool


class RollBackNow(Command, frozen=True, kw_only=True):
    """Take the serving revision back without waiting for evidence; to the last good one where none is named."""

    target_revision: Revision | None = None


def reaches_many(scope: str) -> bool:
    """Say whether a command for this scope must be sent to every partition."""
    return scope == FLEET or scope.endswith("/*")


def scopes_of(workload: str) -> tuple[str, str]:
    """Return the scopes, wider than itself, that a workload belongs to: the fleet, and its tenant."""
    return FLEET, f"{workload.partition('/')[0]}/*"
