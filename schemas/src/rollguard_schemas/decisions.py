"""
Decisions: what policy makes of a signal. Every signal is answered, by an action or by ``Withheld`` with its reason.

A rollback names its target revision, never "previous": a retry of "previous" toggles back to the bad one.
"""

from typing import Literal

import msgspec

from rollguard_schemas.event import IdentifiedEvent
from rollguard_schemas.evidence import Contribution
from rollguard_schemas.fields import Cause, Count, EventId, Mode, Name, PositiveSeconds, Revision, Seconds, UnixSeconds, WorkloadId
from rollguard_schemas.targets import Target

WithheldReason = Literal[
    "informational",
    "no-policy",
    "not-listed-in-policy",
    "kill-switch",
    "frozen",
    "muted",
    "below-threshold",
    "not-the-rollout",
    "no-last-good-revision",
    "already-decided",
    "vetoed",
    "cooldown",
    "budget-spent",
    "duplicate",
    "stale",
    "freeze-window",
    "combination-incomplete",
    "expression-failed",
    "notify-only",
    "hourly-budget-spent",
    "tenant-budget-spent",
    "fleet-budget-spent",
    "simultaneous",
    "fleet-ratio",
    "dependency-in-trouble",
    "dependency-moved-first",
    "not-an-approver",
    "approval-expired",
]


class PolicyReference(msgspec.Struct, frozen=True, kw_only=True):
    """Which policy spoke, by name and by the digest of its exact text."""

    name: Name
    digest: str


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """The dependency that moved first, by which signal of its own, and after which rollout of its own, if there is one."""

    workload: WorkloadId
    signal_id: EventId
    summary: str
    seconds_earlier: Seconds
    rollout: EventId | None = None
    revision: Revision | None = None


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """What is to blame, and why it is thought so; ``rollout`` is the workload's own."""

    cause: Cause
    summary: str
    rollout: EventId | None = None
    upstream: Upstream | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """One account of a decision; the topic, the alert and the command line all show this one."""

    summary: str
    gates: tuple[str, ...] = ()
    contributions: tuple[Contribution, ...] = ()


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What must be seen, and by when, before the action counts as done; no objective means that serving is enough."""

    within_seconds: PositiveSeconds
    objective: Name | None = None
    incident: EventId | None = None


class Decision(IdentifiedEvent, frozen=True, kw_only=True):
    """
    What all decisions share; ``signal_ids`` are the signals that this one answers.

    ``episode`` is theirs, or their incident: the answer to its end bears the same one, so that who reads decisions alone sees it
    end.
    """

    signal_ids: tuple[EventId, ...]
    policy: PolicyReference | None
    mode: Mode
    attribution: Attribution
    explanation: Explanation
    episode: EventId | None = None


class Action(Decision, frozen=True, kw_only=True):
    """What all decisions that change something share; ``fence`` grows with each action on the workload."""

    target: Target
    suspect_revision: Revision
    fence: Count
    deadline_unix_seconds: UnixSeconds
    verification: Verification


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """Another target that goes back together with the main one."""

    target: Target
    suspect_revision: Revision
    target_revision: Revision


class RollbackDecided(Action, frozen=True, kw_only=True):
    """
    Return to an earlier revision, by name; what is in ``also`` goes with it, all or nothing.

    ``only_in_flight``: by aborting the rollout, and not at all once it was promoted.
    """

    rollout: EventId
    target_revision: Revision
    only_in_flight: bool = False
    also: tuple[Leg, ...] = ()


class FallbackDecided(Action, frozen=True, kw_only=True):
    """
    Let a lighter model answer while the primary is restored, which ``rollback_id`` does.

    It answers no signal of its own: the rollback does.
    """

    fallback_revision: Revision
    rollback_id: EventId | None = None


class ScaleOutDecided(Action, frozen=True, kw_only=True):
    """Run more replicas of what serves: ``by`` so many or ``to`` so many, never more than ``max_replicas``."""

    max_replicas: Count
    by: Count | None = None
    to: Count | None = None
    undo_at_unix_seconds: UnixSeconds | None = None


class CallDecided(Action, frozen=True, kw_only=True):
    """Order something of a receiver of somebody's own, which is the target: pausing a training job, starting another one."""

    order: Name


class RestartDecided(Action, frozen=True, kw_only=True):
    """Start what serves anew, as it is."""

    rollout: EventId


class HoldDecided(Action, frozen=True, kw_only=True):
    """Stop the rollout where it is; change nothing back."""

    until_unix_seconds: UnixSeconds
    rollout: EventId | None = None


class Withheld(Decision, frozen=True, kw_only=True):
    """No action, and which gate held."""

    reason: WithheldReason
    would_change: str
    decision_id: EventId | None = None
