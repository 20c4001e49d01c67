"""
Orders: commands by people, as records.

A workload's key leads its command to the decider that holds the workload. A fleet-wide one must reach every decider, so it
is written once to each partition, with the same id: the kill switch that missed a partition would be worse than none.
"""

import getpass
from typing import Any

import msgspec

from rollguard_console.console import SOURCE
from rollguard_console.events import made
from rollguard_console.settings import ConsoleSettings
from rollguard_runtime import tracing
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.commands import Command
from rollguard_schemas.event import type_name
from rollguard_schemas.ids import derive_id
from rollguard_schemas.topics import COMMANDS

FLEET = "*"


def order(command_type: type[Command], **said: Any) -> Command:
    """
    Make a command; its id comes from all that it says, its time included.

    Raises:

        WrongUsage: for a workload that is none, or another field out of its bounds.
    """
    causes = [part for name in sorted(said) for part in (name, said[name])]
    return made(command_type, {**said, "id": derive_id(type_name(command_type), *causes)})


def addressed(command: Command, *, partitions: int) -> list[OutgoingRecord]:
    """Return the records of a command: one, or one for each partition where it is for the whole fleet."""
    traceparent = tracing.child_of(None, command.id)
    record = codec.encode(COMMANDS, command, source=SOURCE, traceparent=traceparent)
    if command.workload != FLEET:
        return [record]
    return [msgspec.structs.replace(record, partition=number) for number in range(partitions)]


def who(given: str, settings: ConsoleSettings) -> str:
    """Return who gives the order: as said, as set, or the user."""
    return given or settings.by or getpass.getuser()
