"""
The bus as a port: what a service may ask of Kafka, and no more.

A ``Source`` belongs to a group and remembers how far it came; a ``Follower`` reads whole topics from their beginning and belongs to
nobody; a ``Sink`` returns once the broker has the records. One contract suite runs against every implementation, so that a test
on the memory bus says something about Kafka.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from rollguard_schemas.codec import Header, OutgoingRecord

Partition = tuple[str, int]


class Record(msgspec.Struct, frozen=True, gc=False):  # no cycles: a poll of thousands is nothing to be searched for them
    """One record as it lies in the log. ``is_replayed``: its group had handled it before this process took it over."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    is_replayed: bool = False

    @property
    def seconds(self) -> float:
        """When the record was appended, in Unix seconds: the time that a core is told, the same at every replay."""
        return self.timestamp_ms / 1000.0


class Reached(NamedTuple):
    """How far a group came in a partition (None: nowhere yet), and the offset that a rewind of the source leads to."""

    committed: int | None
    rewound: int


class Holder(Protocol):
    """
    Who keeps state of partitions, and hears which ones come and go: between two polls, never while a batch is in hand.

    A partition that this process keeps over a rebalance neither goes nor comes.
    """

    async def release(self, partitions: Collection[Partition]) -> None:
        """Let go of partitions that another process may own by now."""

    async def take(self, partitions: Mapping[Partition, Reached]) -> Mapping[Partition, int]:
        """Get ready for partitions; return the offset from which each is to be read."""


class Source(Protocol):
    """Records for one group, at least once each."""

    async def start(self) -> None:
        """Join the group."""

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Return what there is, in order within a partition, as a ``Batch`` or as a list; nothing when nothing came in time."""

    async def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        """Remember, per partition, the offset to resume from. Partitions no longer owned are passed over."""

    async def lag(self) -> dict[Partition, int]:
        """Return how many records each owned partition has that were not polled yet."""

    async def stop(self) -> None:
        """Leave the group without committing."""


class Follower(Protocol):
    """Every record of some topics, from the first, for a read model."""

    async def start(self) -> None:
        """Begin at the beginning."""

    async def catch_up(self) -> list[Record]:
        """Return everything up to the end as it stands now."""

    def catching_up(self) -> AsyncGenerator[list[Record], None]:
        """Yield the same in pieces, for what is too much to be held at once."""

    async def poll(self, *, timeout_seconds: float) -> list[Record]:
        """Return what came since."""

    async def stop(self) -> None:
        """Let go."""


class Sink(Protocol):
    """Where records are published."""

    async def start(self) -> None:
        """Connect."""

    async def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Return once every record is acknowledged; raise ``Temporary`` when the broker does not answer."""

    async def stop(self) -> None:
        """Flush and disconnect."""


class Bus(Protocol):
    """A broker: makes the three ends, and knows the shape of its topics."""

    async def partition_counts(self, topics: Sequence[str]) -> dict[str, int]:
        """Return how many partitions each topic has; one that does not exist is left out."""

    def source(self, topics: Sequence[str], *, group: str, rewind_seconds: float = 0.0, holder: Holder | None = None) -> Source:
        """
        Make a source; with ``rewind_seconds`` it starts that much log time earlier, and marks those records as replayed.

        A ``holder`` decides instead where each partition is read from; what the group had handled is marked all the same.
        """

    def follower(self, topics: Sequence[str], partitions: Collection[int] | None = None) -> Follower:
        """Make a follower, of some partitions of each topic or of all."""

    def sink(self) -> Sink:
        """Make a sink."""
