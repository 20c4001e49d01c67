"""
Making the alerts of an incident: the first, one that tells what changed, and the last.

An alert's id comes from its incident and from the event that led to it, so that the same event never makes two.
"""

from typing import Any

import msgspec

from rollguard_decider.core.incidents.book import Book, Heard
from rollguard_decider.core.incidents.wording import next_steps, title_of_decision, title_of_end
from rollguard_schemas.alerts import Alert, AlertSeverity
from rollguard_schemas.ids import derive_id
from rollguard_schemas.outcomes import Outcome

replace = msgspec.structs.replace
Told = tuple[Book, Alert | None]


def opened(book: Book, heard: Heard, severity: AlertSeverity, *, awaiting: tuple[str, ...]) -> Told:
    """Open an incident with a decision."""
    decision: Any = heard.event
    incident = derive_id("incident", decision.workload, decision.id)
    alert = Alert(
        id=derive_id("alert", incident, decision.id),
        workload=decision.workload,
        time_unix_seconds=heard.unix_seconds,
        incident=incident,
        status="opened",
        severity=severity,
        opened_unix_seconds=heard.unix_seconds,
        title=title_of_decision(decision),
        summary=decision.explanation.summary,
        next_steps=next_steps(decision),
        decision=decision,
        cause=decision.id,
        episodes=() if decision.episode is None else (decision.episode,),
        awaiting=awaiting,
        read_up_to=dict(book.read_up_to),
    )
    return replace(book, last=alert), alert


def told(book: Book, heard: Heard, **changes: Any) -> Told:
    """Tell the incident as it is now, unless nothing that was told changes."""
    incident = book.incident
    if incident is None or all(getattr(incident, name) == value for name, value in changes.items()):
        return book, None
    is_worse = changes.get("severity", incident.severity) != incident.severity
    alert = replace(
        incident,
        was=(*incident.was, incident.severity) if is_worse else incident.was,
        id=derive_id("alert", incident.incident, heard.event.id),
        time_unix_seconds=heard.unix_seconds,
        cause=heard.event.id,
        read_up_to=dict(book.read_up_to),
        **{"status": "updated", **changes},
    )
    return replace(book, last=alert), alert


def over(book: Book, heard: Heard, incident: Alert, summary: str, outcome: Outcome | None = None) -> Told:
    """Tell that the incident has ended, and by what."""
    return told(
        book,
        heard,
        status="resolved",
        episodes=(),
        awaiting=(),
        title=title_of_end(incident.workload, outcome),
        summary=summary,
        next_steps=next_steps(incident.decision, is_over=True),
    )
