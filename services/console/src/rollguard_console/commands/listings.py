"""
The listings: signals, decisions, outcomes, rollouts, commands, alerts. One table says which there are; one function shows them all.
"""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import typer

from rollguard_console.app import ENTRIES
from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.exit_codes import WrongUsage
from rollguard_console.history import History, read, read_and_follow
from rollguard_console.instants import parse_since, show_instant
from rollguard_console.output import Table
from rollguard_console.sentences import sentence
from rollguard_runtime.nearest import choose
from rollguard_schemas.commands import scopes_of
from rollguard_schemas.event import type_name
from rollguard_schemas.topics import ALERTS, COMMANDS, DECISIONS, OUTCOMES, ROLLOUTS, SIGNALS, Topic

app = family()

LISTED = {
    "signals": SIGNALS,
    "decisions": DECISIONS,
    "outcomes": OUTCOMES,
    "rollouts": ROLLOUTS,
    "commands": COMMANDS,
    "alerts": ALERTS,
}
COLUMNS = ("time", "workload", "type", "id", "what")

Workload = Annotated[str | None, typer.Option(help="Only this workload: namespace/name.")]
Kind = Annotated[str | None, typer.Option("--type", help="Only this type of event, such as rollback-decided.")]
Since = Annotated[str | None, typer.Option(help="How long ago (15m, 2h, 1d), or an instant.")]
Limit = Annotated[int, typer.Option(min=0, help="Show the newest so many; 0 shows all.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C; with --json one document a line.")]


class Wanted(NamedTuple):
    """Which events are wanted."""

    workload: str | None
    kind: str | None
    since_unix_seconds: float | None

    def admits(self, event: Any) -> bool:
        """Whether an event is one of them; a command for many concerns each of them."""
        is_in_scope = self.workload is None or event.workload in (self.workload, *scopes_of(self.workload))
        is_of_kind = self.kind in (None, type_name(type(event)))
        is_recent = self.since_unix_seconds is None or event.time_unix_seconds >= self.since_unix_seconds
        return is_in_scope and is_of_kind and is_recent


def _register(name: str, topic: Topic) -> None:
    async def show(
        console: Console,
        *,
        workload: Workload = None,
        kind: Kind = None,
        since: Since = None,
        limit: Limit = 50,
        follow: Follow = False,
    ) -> None:
        begin = None if since is None else parse_since(since, now=console.now())
        wanted = Wanted(workload, _known_kind(kind, topic), begin)
        await (_follow(console, topic, wanted) if follow else _list(console, topic, wanted, limit))

    show.__doc__ = ENTRIES[name].help
    command(app, name)(show)


async def _list(console: Console, topic: Topic, wanted: Wanted, limit: int) -> None:
    history = await read(console.bus, [topic])
    events = _once_each(history, wanted.admits)
    shown = events[-limit:] if limit else events
    left_out = len(events) - len(shown)
    document = {"events": shown, "left_out": left_out, "unreadable": history.unreadable}
    console.output.answer(document, Table(COLUMNS, [_row(event) for event in shown]))
    if left_out:
        console.output.note(f"{left_out} older ones are left out; --limit 0 shows all")
    _tell_unreadable(console, topic, history.unreadable)


async def _follow(console: Console, topic: Topic, wanted: Wanted) -> None:
    told: set[str] = set()
    async for history in read_and_follow(console.bus, [topic]):
        for event in _once_each(history, lambda event: wanted.admits(event) and event.id not in told):
            told.add(event.id)
            console.output.line_of_json(event) if console.output.as_json else console.output.line(*_row(event))
        _tell_unreadable(console, topic, history.unreadable)


def _once_each(history: History, admits: Callable[[Any], bool]) -> list[Any]:
    """Return the events that are wanted, each once: a fleet-wide command lies in every partition, a retry may lie twice."""
    return list({event.id: event for event in history.events if admits(event)}.values())


def _row(event: Any) -> tuple[str, ...]:
    return (show_instant(event.time_unix_seconds), event.workload, type_name(type(event)), event.id, sentence(event))


def _known_kind(kind: str | None, topic: Topic) -> str | None:
    known = [type_name(event) for event in topic.events]
    if kind is not None and kind not in known:
        raise WrongUsage(f"{kind} is no type of event on {topic.name}; {choose(kind, known)}")
    return kind


def _tell_unreadable(console: Console, topic: Topic, unreadable: int) -> None:
    if unreadable:
        console.output.note(f"{unreadable} records of {topic.name} could not be read")


for _name, _topic in LISTED.items():
    _register(_name, _topic)
