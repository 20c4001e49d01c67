"""
The account of a decision as a page for a person: top down from what was seen to how it ended.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from rollguard_console.account import Account
from rollguard_console.account_steps import next_steps
from rollguard_console.evidence_details import details_of
from rollguard_console.instants import show_instant
from rollguard_console.sentences import seconds, sentence
from rollguard_schemas.commands import Command
from rollguard_schemas.decisions import Decision, Withheld
from rollguard_schemas.event import IdentifiedEvent, type_name
from rollguard_schemas.evidence import Contribution, Evidence
from rollguard_schemas.outcomes import ActionApplied, Outcome, Step
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.signals import Signal


def page(account: Account) -> str:
    """Write the page; parts about which nothing was said are told as such, never left out in silence."""
    at = _Clock(account)
    lines = [f"{account.workload}: {_headline(account)}", f"asked for: {account.asked}"]
    lines += _section("Rollout", (line for event in account.rollouts for line in _line(event, at)))
    seen = (line for signal in account.signals for line in _signal(signal, at))
    lines += _section("Seen", seen, "no signal of it is kept any more")
    lines += _section("Decided", (line for decision in account.decisions for line in _decision(decision, at)), "not answered yet")
    lines += _section("Ordered", (line for event in account.orders for line in _line(event, at)))
    lines += _section("Done", (line for outcome in account.outcomes for line in _outcome(outcome, at)), _nothing_done(account))
    lines += _section("Answered later", _later(account.later_answers))
    lines += _section("What you can do", next_steps(account))
    return "\n".join(lines)


def _headline(account: Account) -> str:
    if account.outcomes:
        last = account.outcomes[-1]
        return f"{type_name(type(last))}, {sentence(last)}"
    if account.decisions:
        return sentence(account.decisions[-1])
    return "no decision about this yet"


def _section(title: str, lines: Iterable[str], when_empty: str = "") -> list[str]:
    body = list(lines) or ([when_empty] if when_empty else [])
    return ["", title, *(f"  {line}" for line in body)] if body else []


class _Clock:
    """Tells instants, and how long after the rollout they lie, where one is known."""

    def __init__(self, account: Account) -> None:
        starts = [each.time_unix_seconds for each in account.rollouts if isinstance(each, RolloutStarted)]
        self._start = min(starts, default=None)

    def __call__(self, unix_seconds: float) -> str:
        """Write an instant."""
        if self._start is None or unix_seconds == self._start:
            return show_instant(unix_seconds)
        side = "+" if unix_seconds > self._start else "-"
        return f"{show_instant(unix_seconds)} ({side}{seconds(abs(unix_seconds - self._start))})"


def _line(event: IdentifiedEvent | Command, at: _Clock) -> Iterator[str]:
    yield f"{at(event.time_unix_seconds)}  {type_name(type(event))}  {sentence(event)}"


def _signal(signal: Signal, at: _Clock) -> Iterator[str]:
    yield from _line(signal, at)
    yield f"  id {signal.id}, revision {signal.revision or 'not reported'}"
    if signal.evidence.summary not in sentence(signal):
        yield f"  {signal.evidence.summary}"
    if numbers := _numbers(signal.evidence):
        yield f"  {numbers}"
    yield from _contributions(signal.evidence.contributions)
    yield from details_of(signal)


def _numbers(evidence: Evidence) -> str:
    unit = f" {evidence.unit}" if evidence.unit else ""
    observed = "" if evidence.observed is None else f"observed {evidence.observed:g}{unit}"
    low, high = (_bound(evidence.expected_low), _bound(evidence.expected_high))
    expected = "" if low == high == "any" else f"expected {low} to {high}{unit}"
    samples = f"from {evidence.samples} samples" if evidence.samples else ""
    return ", ".join(part for part in (observed, expected, samples) if part)


def _bound(value: float | None) -> str:
    return "any" if value is None else f"{value:g}"


def _contributions(contributions: Iterable[Contribution]) -> Iterator[str]:
    for each in contributions:
        observed = "" if each.observed is None else f", observed {each.observed:g}"
        expected = "" if each.expected is None else f", expected {each.expected:g}"
        yield f"  {each.share_ratio:>4.0%} {each.series}{observed}{expected}"


def _decision(decision: Decision, at: _Clock) -> Iterator[str]:
    yield from _line(decision, at)
    policy = "no policy" if decision.policy is None else f"policy {decision.policy.name} ({decision.policy.digest})"
    yield f"  id {decision.id}, mode {decision.mode}, {policy}"
    yield f"  cause {decision.attribution.cause}: {decision.attribution.summary}"
    for gate in decision.explanation.gates:
        yield f"  gate passed  {gate}"
    if isinstance(decision, Withheld):
        yield f"  gate held    {decision.reason}: {decision.attribution.summary}"
    yield from _contributions(decision.explanation.contributions)
    if isinstance(decision, Withheld):
        yield f"  what would change it: {decision.would_change}"


def _outcome(outcome: Outcome, at: _Clock) -> Iterator[str]:
    yield from _line(outcome, at)
    yield f"  id {outcome.id}, attempt {outcome.attempt}"
    for step in outcome.steps:
        yield f"  {step.status:<12} {step.name}{_read_and_left(step)}{': ' if step.detail else ''}{step.detail}"
    if isinstance(outcome, ActionApplied):
        yield f"  to be verified by {show_instant(outcome.verify_by_unix_seconds)}"


def _read_and_left(step: Step) -> str:
    """Say what a step read, and what it left where it changed something."""
    values = [value for value in (step.before, step.after) if value is not None]
    return f" ({' -> '.join(values)})" if values else ""


def _nothing_done(account: Account) -> str:
    if not account.decisions or all(isinstance(each, Withheld) for each in account.decisions):
        return ""
    return "nothing yet: the actuator has not answered"


def _later(answers: Iterable[Withheld]) -> Iterator[str]:
    for reason, count in Counter(each.reason for each in answers).most_common():
        yield f"{count} later {'signal' if count == 1 else 'signals'} withheld: {reason}"
