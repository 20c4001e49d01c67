"""
A run: records of one partition in their order, as they were fetched.

The rule: what is the same for all of them (topic, partition, whether they are read again) is said once, of the run. It is made of
what the client handed over, and of nothing else, so that no step is taken for each record before somebody looks at one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from rollguard_runtime.bus import Record
from rollguard_schemas.codec import Header


class Message(msgspec.Struct, frozen=True, gc=False):
    """A record as a client would hand it over, made of one of ours."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]

    @classmethod
    def of(cls, record: Record) -> "Message":
        """Return a record as it would have been fetched."""
        return cls(record.offset, record.timestamp_ms, record.key, record.value, record.headers)


class Run(NamedTuple):
    """
    Records of one partition in their order, that are all new or all read again.

    Whatever was fetched has an offset, a timestamp in milliseconds (below zero where the broker told none), key, value and headers.
    """

    topic: str
    partition: int
    fetched: Sequence[Any]
    is_replayed: bool = False

    def record(self, place: int) -> Record:
        """Return one of them."""
        one = self.fetched[place]
        at_ms, headers = max(0, one.timestamp), headers_of(one.headers)
        return Record(self.topic, self.partition, one.offset, at_ms, one.key, one.value, headers, self.is_replayed)


def runs_of(topic: str, partition: int, fetched: Sequence[Any], *, handled: int = 0) -> list[Run]:
    """Return records of one partition as runs; those below the offset ``handled`` are replayed."""
    if not handled or not fetched or fetched[0].offset >= handled:
        return [Run(topic, partition, fetched)]
    again = bisect_left(fetched, handled, key=attrgetter("offset"))
    return [Run(topic, partition, fetched[:again], is_replayed=True), Run(topic, partition, fetched[again:])]


def headers_of(fetched: Iterable[tuple[str, Any]]) -> tuple[Header, ...]:
    """Return headers as ours; one without a value becomes an empty one."""
    return tuple([(name, bytes(content or b"")) for name, content in fetched])
