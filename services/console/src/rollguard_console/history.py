"""
What was said on the topics, read from their beginning, for commands that look back.

A record that cannot be read is counted, not fatal: one malformed decision must not hide all the others from whoever looks at 3 a.m.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from rollguard_runtime.bus import Bus, Follower, Record
from rollguard_schemas import codec
from rollguard_schemas.topics import BY_NAME, POLICIES, Topic


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An event and where it lies; ``event`` is None for a deletion."""

    topic: str
    partition: int
    offset: int
    appended_unix_seconds: float
    key: str
    event: Any


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that could be read, in the order of event time, and how much could not."""

    said: tuple[Said, ...]
    unreadable: int

    @property
    def events(self) -> list[Any]:
        """The events alone."""
        return [each.event for each in self.said if each.event is not None]


async def read(bus: Bus, topics: Sequence[Topic]) -> History:
    """Read the topics up to their end as it is now."""
    follower = bus.follower([topic.name for topic in topics])
    try:
        await follower.start()
        return understood(await follower.catch_up())
    finally:
        await follower.stop()


async def read_and_follow(bus: Bus, topics: Sequence[Topic]) -> AsyncIterator[History]:
    """Yield what is there, then, for ever, what comes."""
    follower = bus.follower([topic.name for topic in topics])
    try:
        await follower.start()
        yield understood(await follower.catch_up())
        while True:
            yield understood(await follower.poll(timeout_seconds=1.0))
    finally:
        await follower.stop()


async def read_raw(bus: Bus, topics: Sequence[str]) -> list[Record]:
    """Read records as they lie in the log, without asking what they mean."""
    follower: Follower = bus.follower(topics)
    try:
        await follower.start()
        return await follower.catch_up()
    finally:
        await follower.stop()


def understood(records: Sequence[Record]) -> History:
    """Decode records."""
    said: list[Said] = []
    for record in records:
        try:
            event = codec.decode(BY_NAME[record.topic], record.value, record.headers).event
        except codec.Malformed:
            continue
        said.append(
            Said(
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                appended_unix_seconds=record.seconds,
                key=(record.key or b"").decode(errors="replace"),
                event=event,
            )
        )
    return History(said=tuple(sorted(said, key=_event_time)), unreadable=len(records) - len(said))


async def read_policies(bus: Bus) -> tuple[dict[str, Any], int]:
    """Return the policy in force for each workload, and how many records of the topic could not be read."""
    history = await read(bus, [POLICIES])
    in_force: dict[str, Any] = {}
    for said in sorted(history.said, key=lambda each: (each.partition, each.offset)):
        in_force[said.key] = said.event
    return {workload: policy for workload, policy in sorted(in_force.items()) if policy is not None}, history.unreadable


def _event_time(said: Said) -> tuple[float, str, int, int]:
    seconds = getattr(said.event, "time_unix_seconds", said.appended_unix_seconds)
    return (seconds, said.topic, said.partition, said.offset)
