"""
Orders: commands by people, as records.

A workload's key leads its command to the decider that holds the workload. One for the fleet or a tenant must reach every decider,
so it is written once to each partition, with the same id: the kill switch that missed a partition would be worse than none.
"""

import getpass
from typing import Any

import msgspec

from rollguard_console.console import SOURCE
from rollguard_console.events import made
from rollguard_console.settings import ConsoleSettings
from rollguard_runtime import tracing
from rollguard_runtime.command_keys import CommandKey, read_key
from rollguard_runtime.signatures import header, sign
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.commands import Command, reaches_many
from rollguard_schemas.event import type_name
from rollguard_schemas.ids import derive_id
from rollguard_schemas.topics import COMMANDS

KEY_SETTING = "ROLLGUARD_CONSOLE_COMMAND_KEY"


def order(command_type: type[Command], **said: Any) -> Command:
    """
    Make a command; its id comes from all that it says, its time included.

    Raises:

        WrongUsage: for a workload that is none, or another field out of its bounds.
    """
    causes = [part for name in sorted(said) for part in (name, said[name])]
    return made(command_type, {**said, "id": derive_id(type_name(command_type), *causes)})


def addressed(command: Command, *, partitions: int, key: CommandKey | None = None) -> list[OutgoingRecord]:
    """Return the records of a command: one, or one for each partition where it is for many; signed where there is a key."""
    record = codec.encode(COMMANDS, command, source=SOURCE, **tracing.caused(None, command.id))
    if key is not None:
        signature = sign(key.algorithm, key.signing_bytes(KEY_SETTING), record.value or b"")
        record = msgspec.structs.replace(record, headers=(*record.headers, header(key.id, signature)))
    if not reaches_many(command.workload):
        return [record]
    return [msgspec.structs.replace(record, partition=number) for number in range(partitions)]


def key_of(settings: ConsoleSettings) -> CommandKey | None:
    """Return the key that orders are signed with, where one is set. Raises ``SettingsRefused``."""
    return read_key(settings.command_key, KEY_SETTING) if settings.command_key else None


def who(given: str, settings: ConsoleSettings) -> str:
    """Return who gives the order: as said, as set, or the user."""
    return given or settings.by or getpass.getuser()
