"""
The orders: approve, veto, freeze, unfreeze, mute, quarantine, release, rollback, kill-switch.

Each publishes one command by whom and why; what comes of it is the decider's to say, and ``rollguard decisions`` shows it.
"""

from enum import StrEnum
from typing import Annotated, Any

import typer

from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.exit_codes import Refused, WrongUsage
from rollguard_console.history import read
from rollguard_console.instants import parse_until
from rollguard_console.orders import addressed, key_of, order, who
from rollguard_console.publishing import publish
from rollguard_console.sentences import sentence
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.commands import (
    Approve,
    Command,
    Freeze,
    KillSwitch,
    Mute,
    Quarantine,
    Release,
    RollBackNow,
    Unfreeze,
    Veto,
    reaches_many,
)
from rollguard_schemas.decisions import Decision, Withheld
from rollguard_schemas.event import type_name
from rollguard_schemas.fields import FLEET
from rollguard_schemas.topics import COMMANDS, DECISIONS

app = family()

DecisionId = Annotated[str, typer.Argument(metavar="ID", help="The decision's id.")]
Workload = Annotated[str, typer.Argument(help="namespace/name, 'namespace/*' for a tenant's, or '*' for the whole fleet.")]
Why = Annotated[str, typer.Option(help="Why; whoever looks next will want to know.")]
By = Annotated[str, typer.Option(help="Who says so; your user name otherwise.")]
Until = Annotated[str | None, typer.Option(help="When it ends: 2026-01-31T14:00:00Z or Unix seconds.")]
For = Annotated[str | None, typer.Option("--for", help="How long it lasts: 90s, 15m, 1h30m, 2d.")]


class Switch(StrEnum):
    """The two positions of the kill switch."""

    ON = "on"
    OFF = "off"


@command(app, "approve")
async def approve(console: Console, decision_id: DecisionId, why: Why, by: By = "") -> None:
    """Let a recommended decision act."""
    decision = await _action(console, decision_id)
    await _give(console, Approve, workload=decision.workload, decision_id=decision_id, why=why, by=by)


@command(app, "veto")
async def veto(console: Console, decision_id: DecisionId, why: Why, by: By = "") -> None:
    """Forbid a decision; the suspect stays."""
    decision = await _action(console, decision_id)
    await _give(console, Veto, workload=decision.workload, decision_id=decision_id, why=why, by=by)


@command(app, "freeze")
async def freeze(console: Console, *, workload: Workload, why: Why, until: Until = None, duration: For = None, by: By = "") -> None:
    """Take no action on a workload until unfrozen, or until the time given."""
    await _give(console, Freeze, workload=workload, why=why, by=by, until_unix_seconds=_end(console, until, duration))


@command(app, "unfreeze")
async def unfreeze(console: Console, workload: Workload, why: Why, by: By = "") -> None:
    """End a freeze."""
    await _give(console, Unfreeze, workload=workload, why=why, by=by)


@command(app, "mute")
async def mute(
    console: Console,
    *,
    workload: Workload,
    why: Why,
    metric: Annotated[str | None, typer.Option(help="Only signals of this metric.")] = None,
    until: Until = None,
    duration: For = None,
    by: By = "",
) -> None:
    """Ignore a workload's signals, all or of one metric."""
    end = _end(console, until, duration)
    await _give(console, Mute, workload=workload, why=why, by=by, metric=metric, until_unix_seconds=end)


@command(app, "quarantine")
async def quarantine(
    console: Console,
    *,
    workload: Workload,
    revision: Annotated[str, typer.Argument(help="The revision, as its target names it.")],
    why: Why,
    digest: Annotated[str | None, typer.Option(help="The artifact's digest: the same bytes under any number.")] = None,
    owner: Annotated[str, typer.Option(help="Who sees to it; whoever says it otherwise.")] = "",
    until: Until = None,
    duration: For = None,
    by: By = "",
) -> None:
    """Do not return to a revision, until it is released or until the time given."""
    said = {"revision": revision, "artifact_digest": digest, "owner": owner, "until_unix_seconds": _end(console, until, duration)}
    await _give(console, Quarantine, workload=workload, why=why, by=by, **said)


@command(app, "release")
async def release(
    console: Console,
    workload: Workload,
    revision: Annotated[str, typer.Argument(help="The revision, as its target names it.")],
    why: Why,
    by: By = "",
) -> None:
    """End a quarantine: a revision may be returned to again."""
    await _give(console, Release, workload=workload, revision=revision, why=why, by=by)


@command(app, "rollback")
async def rollback(
    console: Console,
    workload: Annotated[str, typer.Argument(help="namespace/name.")],
    why: Why,
    to: Annotated[str | None, typer.Option(help="The revision to return to; the last good one otherwise.")] = None,
    by: By = "",
) -> None:
    """Take the serving revision back now, without waiting for evidence."""
    if reaches_many(workload):
        raise Refused("a rollback is for one workload; name it")
    await _give(console, RollBackNow, workload=workload, target_revision=to, why=why, by=by)


@command(app, "kill-switch")
async def kill_switch(
    console: Console,
    *,
    position: Annotated[Switch, typer.Argument(help="on stops every action, off allows them again.")],
    why: Why,
    workload: Annotated[str, typer.Option(help="Only this workload; the whole fleet otherwise.")] = FLEET,
    tenant: Annotated[str, typer.Option(help="Only the workloads of this namespace.")] = "",
    by: By = "",
) -> None:
    """Stop every action at once, or allow them again."""
    if tenant and workload != FLEET:
        raise WrongUsage("--tenant and --workload: give one of them")
    workload = f"{tenant}/*" if tenant else workload
    await _give(console, KillSwitch, workload=workload, engaged=position is Switch.ON, why=why, by=by)


async def _give(console: Console, command_type: type[Command], *, by: str, **said: Any) -> None:
    """Publish one command, and tell that it was."""
    given = order(command_type, by=who(by, console.settings), time_unix_seconds=console.now(), **said)
    counts = await console.bus.partition_counts([COMMANDS.name])
    if COMMANDS.name not in counts:
        raise Temporary(f"topic {COMMANDS.name} does not exist: run `rollguard topics apply`")
    records = addressed(given, partitions=counts[COMMANDS.name], key=key_of(console.settings))
    await publish(console.bus, records)
    scope = "the whole fleet" if given.workload == FLEET else given.workload
    document = {"command": given, "records": len(records)}
    console.output.answer(document, f"{type_name(command_type)} for {scope}: {sentence(given)}", f"published as {given.id}")


async def _action(console: Console, decision_id: str) -> Decision:
    """Return the decision of this id, which must be one that can still be let or forbidden."""
    history = await read(console.bus, [DECISIONS])
    found: Decision | None = next((event for event in history.events if event.id == decision_id), None)
    if found is None:
        raise Permanent(f"there is no decision {decision_id}; `rollguard decisions` lists them")
    if isinstance(found, Withheld):
        raise Refused(f"{decision_id} withheld an action ({found.reason}); there is nothing to approve or to veto")
    return found


def _end(console: Console, until: str | None, duration: str | None) -> float | None:
    return parse_until(until, duration, now=console.now())
