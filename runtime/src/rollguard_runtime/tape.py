"""
A log as plain lines: one event a line, with when it was appended; how a recorded past travels without a broker.

A line is an event as it lies on its topic (``{"type": "rollout-started", ...}``), appended at its own time, or the same wrapped
with the time at which it was really appended: ``{"at": 1800000000.5, "event": {...}}``. A line that is neither is told with its
number and passed over: one broken line of an export must not end a replay of a month.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from rollguard_schemas.codec import decode_value
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.topics import POLICIES, TOPICS

_WRAPPED = b'{"at":'


class Taped(NamedTuple):
    """An event, and when it was appended, in Unix seconds: the time that a core is told."""

    at_unix_seconds: float
    event: Any


class _Line(msgspec.Struct):
    at: float
    event: msgspec.Raw


def read_tape(lines: Iterable[bytes], complain: Callable[[str], None], *, name: str = "line") -> Iterator[Taped]:
    """Yield what the lines say; ``complain`` is told of each that says nothing, with its number. Empty lines are passed over."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            taped = read_line(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            complain(f"{name} {number}: {error}")
            continue
        yield taped


def read_line(line: bytes) -> Taped:
    """Return what one line says; raises ``msgspec.MsgspecError`` where it says nothing."""
    if not line.startswith(_WRAPPED):
        event = _decoder().decode(line)
        return Taped(instant_of(event), event)
    wrapped = msgspec.json.decode(line, type=_Line)
    return Taped(wrapped.at, _decoder().decode(wrapped.event))


def write_line(taped: Taped) -> bytes:
    """Return the line of an event, its end included."""
    return b'{"at":%s,"event":%s}\n' % (repr(float(taped.at_unix_seconds)).encode(), msgspec.json.encode(taped.event))


def instant_of(event: Any) -> float:
    """Return an event's own time; of a batch, that of its latest point."""
    if hasattr(event, "points"):
        return max(float(point.time_unix_seconds) for point in event.points)
    return float(event.time_unix_seconds)


@cache
def _decoder() -> "msgspec.json.Decoder[Any]":
    """Read every event that any topic carries, but policies, which have no time of their own."""
    events = (event for topic in TOPICS if topic is not POLICIES for event in topic.events)
    return msgspec.json.Decoder(reduce(or_, events))


def read_policies(path: str) -> dict[str, RollbackPolicy]:
    """
    Return the policies that a tape is played under, by workload: one a line as they lie on their topic.

    Raises:

        OSError: where the file cannot be read; ``Malformed`` where a line is no policy.
    """
    lines = Path(path).read_bytes().splitlines()
    policies = (decode_value(POLICIES, line) for line in lines if line.strip())
    return {policy.workload: policy for policy in policies}
