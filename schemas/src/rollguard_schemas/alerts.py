"""
Alerts: what a person should know about a workload, one incident at a time, from its opening to its end.

An alert repeats all that its incident is, so that the last one on the topic is the incident's whole state: whoever takes over
reads it there and goes on, and a sink that missed some is right again with the next. ``read_up_to`` says which decisions and
outcomes it stands for, by topic and offset in its own partition; without it a restart would tell an incident that is over a
second time.
"""

from typing import Literal

import msgspec

from rollguard_schemas.decisions import FallbackDecided, HoldDecided, RollbackDecided, Withheld
from rollguard_schemas.event import IdentifiedEvent
from rollguard_schemas.fields import EventId, UnixSeconds

AlertStatus = Literal["opened", "updated", "resolved"]
AlertSeverity = Literal["info", "warning", "critical"]


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do, and the command to type for it."""

    does: str
    command: str


class Alert(IdentifiedEvent, frozen=True, kw_only=True):
    """
    What there is to know about one incident now.

    ``decision`` is the one that matters most, with its explanation, as it stands on the decisions topic. The incident lasts while
    an episode is open or the end of an action is awaited. ``was`` lists the lower severities that it had: some channels know an
    alert by it.
    """

    incident: EventId
    status: AlertStatus
    severity: AlertSeverity
    opened_unix_seconds: UnixSeconds
    title: str
    summary: str
    next_steps: tuple[NextStep, ...]
    decision: RollbackDecided | FallbackDecided | HoldDecided | Withheld
    cause: EventId
    was: tuple[AlertSeverity, ...] = ()
    episodes: tuple[EventId, ...] = ()
    awaiting: tuple[EventId, ...] = ()
    read_up_to: dict[str, int] = msgspec.field(default_factory=dict)
