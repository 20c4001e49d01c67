"""
``rollguard gate``: may this candidate be promoted? For pipelines, by exit code; for people, with the reason.
"""

from typing import Annotated

import typer

from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.exit_codes import Degraded, Inconclusive
from rollguard_console.gate import Passage, passage
from rollguard_console.history import read
from rollguard_console.instants import parse_duration_seconds
from rollguard_schemas.topics import COMMANDS, DECISIONS, SIGNALS

app = family()
_EVERY_SECONDS = 5.0


@command(app, "gate")
async def gate(
    console: Console,
    *,
    workload: Annotated[str, typer.Option(help="namespace/name.")],
    candidate: Annotated[str, typer.Option(help="The revision, as its target names it.")],
    wait: Annotated[str, typer.Option(help="Wait so long for a verdict: 90s, 15m.")] = "0s",
) -> None:
    """
    Say whether a candidate is healthy: exit code 0 healthy, 1 degraded, 2 inconclusive.

    By what was said of it: a decision to take it back, a quarantine, an objective that is breached on it now, and comparison with
    its control. No evidence is no verdict. Wrong usage ends with 2 as well, and Kafka that does not answer with 4.
    """
    until = console.now() + parse_duration_seconds(wait)
    found = await _judged(console, workload, candidate)
    while found.verdict == "inconclusive" and console.now() < until:
        await console.sleep(min(_EVERY_SECONDS, until - console.now()))
        found = await _judged(console, workload, candidate)
    console.output.answer(found, found.summary, f"what would change it: {found.would_change}")
    if found.verdict == "degraded":
        raise Degraded("the gate is closed")
    if found.verdict == "inconclusive":
        raise Inconclusive("the gate stays as it is: there is no verdict yet")


async def _judged(console: Console, workload: str, candidate: str) -> Passage:
    history = await read(console.bus, [SIGNALS, DECISIONS, COMMANDS])
    return passage(workload, candidate, history.events, console.now())
