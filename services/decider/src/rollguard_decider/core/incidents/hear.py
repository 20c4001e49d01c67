"""
``hear``: what a decision or an outcome makes of a workload's incident, and the alert that tells it, if it is news.

An incident opens with the first decision that matters and that will have an end: an episode, or an action. It lasts until every
episode has ended and no action is awaited. What changes nothing that a person would see is no alert, so that a signal which repeats
every few seconds pages once.
"""

from typing import Any

import msgspec

from rollguard_decider.core.incidents.book import ENDED_KEPT, Book, Heard
from rollguard_decider.core.incidents.severity import severity_of, worse
from rollguard_decider.core.incidents.telling import Told, opened, over, told
from rollguard_decider.core.incidents.wording import next_steps, title_of_decision, title_of_outcome
from rollguard_schemas.alerts import Alert
from rollguard_schemas.decisions import Action, Decision, Withheld
from rollguard_schemas.outcomes import ActionApplied, Compensating, Failed, Outcome, StepApplied, Unverified

_NEEDS_PERSON = (Failed, Unverified)
_NO_ENDS = (ActionApplied, StepApplied, Compensating)


def hear(book: Book, heard: Heard) -> Told:
    """Return the page after an event, and the alert to be told, if any."""
    if book.has_read(heard):
        return book, None
    book = msgspec.structs.replace(book, read_up_to={**book.read_up_to, heard.topic: heard.offset})
    if isinstance(heard.event, Outcome):
        return _became(book, heard, heard.event)
    if isinstance(heard.event, Withheld) and heard.event.reason == "informational":
        return _episode_ended(book, heard, heard.event)
    if book.incident is None:
        return _began(book, heard, heard.event)
    return told(book, heard, **_went_on(book, book.incident, heard.event))


def _began(book: Book, heard: Heard, decision: Decision) -> Told:
    severity = severity_of(decision)
    awaiting = _awaited(book, (), decision)
    if severity is None or not (decision.episode or awaiting):
        return book, None
    return opened(book, heard, severity, awaiting=awaiting)


def _went_on(book: Book, incident: Alert, decision: Decision) -> dict[str, Any]:
    """Return what a further decision changes in an open incident."""
    severity = severity_of(decision)
    changes: dict[str, Any] = {}
    if severity or (isinstance(decision, Withheld) and decision.reason == "already-decided"):
        changes["episodes"] = _with(incident.episodes, decision.episode)
    if severity:
        changes["severity"] = worse(incident.severity, severity)
        changes |= _lead(book, incident, decision)
    return changes


def _lead(book: Book, incident: Alert, decision: Decision) -> dict[str, Any]:
    """Return what the incident is about, if this decision takes the lead: an action does, another reason not to act does not."""
    before = incident.decision
    is_same = before.id == decision.id or title_of_decision(before) == title_of_decision(decision)
    if not isinstance(decision, Action) and (is_same or isinstance(before, Action)):
        return {}
    return {
        "decision": decision,
        "title": title_of_decision(decision),
        "summary": decision.explanation.summary,
        "next_steps": next_steps(decision),
        "awaiting": _awaited(book, incident.awaiting, decision),
    }


def _episode_ended(book: Book, heard: Heard, decision: Withheld) -> Told:
    incident = book.incident
    if incident is None or decision.episode is None:
        return book, None
    left = tuple(one for one in incident.episodes if one != decision.episode)
    if not left and not incident.awaiting:
        return over(book, heard, incident, decision.explanation.summary)
    return told(book, heard, episodes=left)


def _became(book: Book, heard: Heard, outcome: Outcome) -> Told:
    is_end = not isinstance(outcome, _NO_ENDS)
    if is_end:
        book = msgspec.structs.replace(book, ended=(*book.ended, outcome.decision_id)[-ENDED_KEPT:])
    incident = book.incident
    if incident is None or outcome.decision_id not in incident.awaiting:
        return book, None
    awaiting = tuple(one for one in incident.awaiting if not is_end or one != outcome.decision_id)
    needs_person = isinstance(outcome, _NEEDS_PERSON)
    if not awaiting and not incident.episodes and not needs_person:
        return over(book, heard, incident, outcome.summary, outcome)
    return told(
        book,
        heard,
        awaiting=awaiting,
        severity="critical" if needs_person else incident.severity,
        title=title_of_outcome(outcome),
        summary=outcome.summary,
        next_steps=next_steps(incident.decision, needs_person=needs_person),
    )


def _awaited(book: Book, awaiting: tuple[str, ...], decision: Decision) -> tuple[str, ...]:
    """Await the end of an action that is to act, unless it was heard already."""
    if isinstance(decision, Action) and decision.mode == "act" and decision.id not in book.ended:
        return _with(awaiting, decision.id)
    return awaiting


def _with(names: tuple[str, ...], name: str | None) -> tuple[str, ...]:
    return names if name is None or name in names else (*names, name)
