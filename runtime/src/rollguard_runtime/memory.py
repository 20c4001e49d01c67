"""
A bus in memory, for tests and for trying things without a broker.

It keeps Kafka's promises and no better ones: order within a partition only, at-least-once, members of a group share partitions.
It passes the same contract suite as the real broker; where it would not, it would be worthless as a stand-in.
"""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence

from rollguard_runtime.batches import Batch
from rollguard_runtime.bus import Holder, Partition, Reached, Record
from rollguard_runtime.runs import Message, Run, runs_of
from rollguard_schemas.codec import OutgoingRecord


class MemoryBus:
    """A broker of dicts. ``now_ms`` gives the append time of records."""

    def __init__(self, *, partitions: int = 4, now_ms: Callable[[], int] = lambda: 0) -> None:
        self.partitions = partitions
        self.now_ms = now_ms
        self.logs: dict[Partition, list[Record]] = defaultdict(list)
        self.committed: dict[str, dict[Partition, int]] = defaultdict(dict)
        self.members: dict[str, list[MemorySource]] = defaultdict(list)

    async def partition_counts(self, topics: Sequence[str]) -> dict[str, int]:
        """Return the same count for all: every topic exists."""
        return dict.fromkeys(topics, self.partitions)

    def source(
        self, topics: Sequence[str], *, group: str, rewind_seconds: float = 0.0, holder: Holder | None = None
    ) -> "MemorySource":
        """Make a source in a group."""
        return MemorySource(self, tuple(topics), group, rewind_seconds, holder)

    def follower(self, topics: Sequence[str], partitions: Collection[int] | None = None) -> "MemoryFollower":
        """Make a follower."""
        return MemoryFollower(self, tuple(topics), partitions)

    def sink(self) -> "MemorySink":
        """Make a sink."""
        return MemorySink(self)

    def append(self, record: OutgoingRecord) -> None:
        """Append to the partition that the record names, else to the one that its key chooses."""
        partition = zlib.crc32(record.key or b"") % self.partitions if record.partition is None else record.partition
        log = self.logs[record.topic, partition]
        log.append(
            Record(
                topic=record.topic,
                partition=partition,
                offset=len(log),
                timestamp_ms=self.now_ms(),
                key=record.key,
                value=record.value,
                headers=record.headers,
            )
        )

    def records(self, topic: str) -> list[Record]:
        """Return a topic's records, partition by partition."""
        return [record for number in range(self.partitions) for record in self.logs[topic, number]]

    def rebalance(self, group: str) -> None:
        """Share the partitions out again; each member resumes from what was committed."""
        members = self.members[group]
        for index, member in enumerate(members):
            member.assign({n for n in range(self.partitions) if n % len(members) == index})


class MemorySource:
    """A member of a group."""

    def __init__(
        self, bus: MemoryBus, topics: tuple[str, ...], group: str, rewind_seconds: float, holder: Holder | None = None
    ) -> None:
        self._bus, self._topics, self._group = bus, topics, group
        self._rewind_seconds, self._holder = rewind_seconds, holder
        self._positions: dict[Partition, int] = {}
        self._handled: dict[Partition, int] = {}
        self._assigned: set[Partition] = set()
        self._is_told = True

    async def start(self) -> None:
        """Join, which rebalances the group."""
        self._bus.members[self._group].append(self)
        self._bus.rebalance(self._group)

    def assign(self, numbers: set[int]) -> None:
        """Take over these partition numbers of every topic, at the next poll."""
        self._assigned = {(topic, number) for topic in self._topics for number in numbers}
        self._is_told = False

    async def _change_over(self) -> None:
        """Let go of what went, take over what came; what stays goes on, unless another member went on with it meanwhile."""
        self._is_told = True
        committed = self._bus.committed[self._group]
        stays = {p for p in self._assigned if p in self._positions and committed.get(p, 0) == self._handled[p]}
        gone = [p for p in self._positions if p not in stays]
        came = {p: self._reached(p) for p in sorted(self._assigned - stays)}
        for partition in gone:
            del self._positions[partition], self._handled[partition]
        starts = await self._told(gone, came)
        for partition, reached in came.items():
            start = starts.get(partition, reached.rewound)
            self._positions[partition] = start
            self._handled[partition] = reached.committed or 0

    async def _told(self, gone: list[Partition], came: dict[Partition, Reached]) -> Mapping[Partition, int]:
        if self._holder is None:
            return {}
        if gone:
            await self._holder.release(gone)
        return await self._holder.take(came) if came else {}

    def _reached(self, partition: Partition) -> Reached:
        committed = self._bus.committed[self._group].get(partition)
        since = self._first_since(partition, self._bus.now_ms() - self._rewind_seconds * 1000)
        return Reached(committed, min(committed or 0, since))

    def _first_since(self, partition: Partition, timestamp_ms: float) -> int:
        log = self._bus.logs[partition]
        if not self._rewind_seconds:
            return len(log)
        return next((record.offset for record in log if record.timestamp_ms >= timestamp_ms), len(log))

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Batch:
        """Take from each owned partition in turn."""
        if not self._is_told:
            await self._change_over()
        runs: list[Run] = []
        for partition, position in self._positions.items():
            fresh = [*map(Message.of, self._bus.logs[partition][position : position + max_records])]
            self._positions[partition] = position + len(fresh)
            runs += runs_of(*partition, fresh, handled=self._handled[partition])
            max_records -= len(fresh)
        batch = Batch(runs)
        if not batch:
            await asyncio.sleep(min(timeout_seconds, 0.001))
        return batch

    async def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        """Remember the offsets of owned partitions."""
        for partition, offset in next_offsets.items():
            if partition in self._positions and offset > self._handled[partition]:
                self._bus.committed[self._group][partition] = self._handled[partition] = offset

    async def lag(self) -> dict[Partition, int]:
        """Return what is left to poll."""
        return {partition: len(self._bus.logs[partition]) - position for partition, position in self._positions.items()}

    async def stop(self) -> None:
        """Leave, which rebalances the group."""
        if self in self._bus.members[self._group]:
            self._bus.members[self._group].remove(self)
            self._bus.rebalance(self._group)


class MemoryFollower:
    """Reads whole topics."""

    def __init__(self, bus: MemoryBus, topics: tuple[str, ...], partitions: Collection[int] | None = None) -> None:
        self._bus, self._topics = bus, topics
        self._partitions = range(bus.partitions) if partitions is None else sorted(partitions)
        self._positions: dict[Partition, int] = defaultdict(int)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def catch_up(self) -> list[Record]:
        """Return everything that was not returned yet."""
        fresh: list[Record] = []
        for partition in ((topic, number) for topic in self._topics for number in self._partitions):
            fresh += self._bus.logs[partition][self._positions[partition] :]
            self._positions[partition] = len(self._bus.logs[partition])
        return fresh

    async def catching_up(self) -> AsyncGenerator[list[Record], None]:
        """Yield the same at once."""
        yield await self.catch_up()

    async def poll(self, *, timeout_seconds: float) -> list[Record]:
        """Return what came since."""
        fresh = await self.catch_up()
        if not fresh:
            await asyncio.sleep(min(timeout_seconds, 0.001))
        return fresh

    async def stop(self) -> None:
        """Nothing to let go."""


class MemorySink:
    """Appends at once."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    async def start(self) -> None:
        """Nothing to connect to."""

    async def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Append each record in order."""
        for record in records:
            self._bus.append(record)

    async def stop(self) -> None:
        """Nothing to flush."""
