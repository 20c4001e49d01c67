"""
``rollguard topics``: create what is missing, and show the table of what each topic says.
"""

from typing import Annotated

import typer

from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.exit_codes import Refused
from rollguard_console.output import Table
from rollguard_schemas.event import type_name
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.topics import DEFAULT_PARTITIONS, TOPICS, Topic

app = family()


@app.callback()
def topics() -> None:
    """Create the topics, or list them."""


@command(app, "apply")
async def apply(
    console: Console,
    partitions: Annotated[int, typer.Option(min=1, help="How many partitions each topic gets.")] = DEFAULT_PARTITIONS,
    replication: Annotated[int, typer.Option(min=1, help="How many brokers keep each partition.")] = 1,
) -> None:
    """
    Create what is missing.

    Applying twice changes nothing. A topic that has another number of partitions is reported and left alone: a key would
    move to another partition, and a workload's story would be torn in two.
    """
    results = await console.apply_topics(console.settings, partitions=partitions, replication=replication)
    rows = [(result.name, result.status, result.detail) for result in results]
    console.output.answer({"topics": results}, Table(("topic", "status", "detail"), rows))
    if any(result.status == "differs" for result in results):
        raise Refused("some topics exist with another number of partitions; delete them, or apply with theirs")


@command(app, "list")
async def list_topics(console: Console) -> None:
    """Show what each topic says, who writes and reads it, and how long it is kept."""
    described = [_describe(topic) for topic in TOPICS]
    columns = ("topic", "says", "written by", "read by", "kept", "cleanup")
    rows = [tuple(str(each[column.replace(" ", "_")]) for column in columns) for each in described]
    console.output.answer({"topics": described}, Table(columns, rows))


def _describe(topic: Topic) -> dict[str, str | list[str]]:
    return {
        "topic": topic.name,
        "says": topic.says,
        "events": ["rollback-policy" if event is RollbackPolicy else type_name(event) for event in topic.events],
        "written_by": ", ".join(topic.writers),
        "read_by": ", ".join(topic.readers),
        "kept": "for ever" if topic.retention_hours is None else f"{topic.retention_hours} h",
        "cleanup": topic.cleanup,
        "key": topic.key,
        "dead_letters": topic.dead_letter_name if topic.has_dead_letters else "",
    }
