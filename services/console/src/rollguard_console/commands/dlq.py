"""
``rollguard dlq``: what could not be read, why, and its bytes.
"""

from typing import Annotated

import typer

from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.dead_letters import describe, hex_rows
from rollguard_console.exit_codes import WrongUsage
from rollguard_console.history import read_raw
from rollguard_console.instants import show_instant
from rollguard_console.output import Table
from rollguard_runtime.errors import Permanent
from rollguard_runtime.nearest import choose
from rollguard_schemas.topics import TOPICS

app = family()
_COLUMNS = ("time", "topic", "partition", "offset", "reason", "service", "detail")


@app.callback()
def dlq() -> None:
    """Look at what could not be read."""


@command(app, "list")
async def list_letters(
    console: Console, topic: Annotated[str | None, typer.Option(help="Only what came from this topic.")] = None
) -> None:
    """List dead letters: where each lies, why it could not be read, and by which service."""
    names = [each.dead_letter_name for each in TOPICS if each.has_dead_letters] if topic is None else [_dead_letter_name(topic)]
    present = await console.bus.partition_counts(names)
    letters = await read_raw(console.bus, list(present)) if present else []
    described = [describe(letter) for letter in sorted(letters, key=lambda each: (each.timestamp_ms, each.topic, each.offset))]
    rows = [(show_instant(each["buried_unix_seconds"]), *(str(each[column]) for column in _COLUMNS[1:])) for each in described]
    console.output.answer({"dead_letters": described}, Table(_COLUMNS, rows))


@command(app, "show")
async def show(
    console: Console,
    topic: Annotated[str, typer.Argument(help="The topic that it came from, or its dead-letter topic.")],
    partition: Annotated[int, typer.Argument(min=0, help="As `rollguard dlq list` shows it.")],
    offset: Annotated[int, typer.Argument(min=0, help="As `rollguard dlq list` shows it.")],
) -> None:
    """Show one dead letter: why, where from, its headers, and its bytes as text and as hex."""
    name = _dead_letter_name(topic)
    letters = await read_raw(console.bus, [name])
    letter = next((each for each in letters if (each.partition, each.offset) == (partition, offset)), None)
    if letter is None:
        raise Permanent(f"{name} has nothing at partition {partition}, offset {offset}; `rollguard dlq list` shows what it has")
    document = describe(letter, with_bytes=True)
    said = [f"{field}: {content}" for field, content in document.items() if content is not None and field != "value_hex"]
    console.output.answer(document, *said, *(hex_rows(letter.value) if letter.value is not None else ["value: none"]))


def _dead_letter_name(topic: str) -> str:
    """Accept a topic or its dead-letter topic."""
    names = {topic.name: topic.dead_letter_name for topic in TOPICS}
    plain = topic.removesuffix("-dlq")
    if plain not in names:
        raise WrongUsage(f"{topic} is no topic; {choose(topic, list(names))}")
    return names[plain]
