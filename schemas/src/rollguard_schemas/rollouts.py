"""
Rollouts: a revision starts to serve, advances, is done, or is taken back.

All events of one rollout carry its ``rollout`` id. Written by the actuator's watchers and by CD hooks, never by the detector:
telemetry that merely looks different is not a rollout.
"""

import msgspec

from rollguard_schemas.event import IdentifiedEvent
from rollguard_schemas.fields import EventId, Ratio, Revision
from rollguard_schemas.targets import Target


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Where another target of the workload pointed at the time."""

    target: Target
    revision: Revision


class Rollout(IdentifiedEvent, frozen=True, kw_only=True):
    """What the events of a rollout share."""

    rollout: EventId
    target: Target
    from_revision: Revision | None
    to_revision: Revision


class RolloutStarted(Rollout, frozen=True, kw_only=True):
    """A revision began to take traffic; ``also`` tells of the policy's other targets."""

    artifact_digest: str | None = None
    traffic_ratio: Ratio = 1.0
    also: tuple[Beside, ...] = ()


class RolloutProgressed(Rollout, frozen=True, kw_only=True):
    """The revision's share of traffic changed, or where the policy's other targets point."""

    traffic_ratio: Ratio
    also: tuple[Beside, ...] = ()


class RolloutFinished(Rollout, frozen=True, kw_only=True):
    """Telemetry says that the revision serves."""


class RolloutReverted(Rollout, frozen=True, kw_only=True):
    """``from_revision``, the one at fault, gave way to ``to_revision``; ``decision_id`` is empty where a person did it."""

    decision_id: EventId | None = None
