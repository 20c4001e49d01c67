"""
Which commands are obeyed: those with a name and a reason, said once, and, where keys are set, signed and fresh.

A record that was copied from the topic and put on it again has a true signature, so the signature alone is not enough: the first
record of an id counts, and a command that is older than allowed when it comes is refused. Everything is judged by the record
itself and by what lies before it, so that a replay of the log obeys the same commands.
"""

from typing import NamedTuple

from rollguard_runtime.bus import Record
from rollguard_runtime.command_keys import CommandKey
from rollguard_runtime.signatures import is_signed_by, read_header
from rollguard_schemas.commands import Command

WHERE = "ROLLGUARD_DECIDER_COMMAND_KEYS"
_SIGN_WITH = "ROLLGUARD_CONSOLE_COMMAND_KEY_FILE"
_CLOCKS_APART_SECONDS = 60.0


class Refusal(NamedTuple):
    """Why a command is not obeyed: a word for metrics, a sentence for people."""

    reason: str
    detail: str


class OrdersJudged:
    """Judges commands; without keys anybody who may write to the topic is believed."""

    def __init__(self, keys: dict[str, CommandKey] | None = None, *, max_age_seconds: float = 300.0) -> None:
        self._keys = {name: (key, key.verifying_bytes(WHERE)) for name, key in (keys or {}).items()}
        self._max_age_seconds = max_age_seconds
        self._first: dict[tuple[str, int], int] = {}

    def refusal(self, record: Record, command: Command) -> Refusal | None:
        """Return why a command is refused, or None where it is to be obeyed."""
        if not command.why.strip():
            return Refusal("no-reason", f"{command.id} by {command.by} says no reason; say why")
        refused = self._unbelieved(record, command) if self._keys else None
        return refused or self._repeated(record, command)

    def _unbelieved(self, record: Record, command: Command) -> Refusal | None:
        signed = read_header(record.headers)
        if signed is None:
            return Refusal("unsigned", f"{command.id} by {command.by} is not signed; give the console a key ({_SIGN_WITH})")
        if signed.key_id not in self._keys:
            return Refusal("unknown-key", f"{command.id} is signed with {signed.key_id!r}, which is not in {WHERE}_FILE")
        key, key_bytes = self._keys[signed.key_id]
        if not is_signed_by(key.algorithm, key_bytes, signed.signature, record.value or b""):
            return Refusal("wrong-signature", f"{command.id}: the signature is not that of {key.id} under these bytes")
        return _not_allowed(key, command) or self._too_old(record, command)

    def _too_old(self, record: Record, command: Command) -> Refusal | None:
        age = record.seconds - command.time_unix_seconds
        if age > self._max_age_seconds:
            return Refusal("expired", f"{command.id} was {age:.0f} s old when it came, {self._max_age_seconds:.0f} s are allowed")
        if age < -_CLOCKS_APART_SECONDS:
            return Refusal("from-the-future", f"{command.id} was given {-age:.0f} s after it came; set the clocks right")
        return None

    def _repeated(self, record: Record, command: Command) -> Refusal | None:
        place = (command.id, record.partition)
        first = self._first[place] = min(record.offset, self._first.get(place, record.offset))
        if record.offset > first:
            return Refusal("repeated", f"{command.id} was said before, at offset {first}")
        return None


def _not_allowed(key: CommandKey, command: Command) -> Refusal | None:
    if key.by and command.by not in key.by:
        return Refusal("not-allowed", f"key {key.id} may not speak for {command.by!r}")
    until = key.until_unix_seconds
    if until is not None and command.time_unix_seconds >= until:
        return Refusal("not-allowed", f"key {key.id} had ended when {command.id} was given")
    return None
