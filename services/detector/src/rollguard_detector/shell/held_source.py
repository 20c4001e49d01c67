"""
A source of which no more is committed than was published, for a handler that lets points wait.

What waits in memory lies in the log as well: whoever is killed, or loses a partition, leaves the commit at the first record of
which a point still waits, and the next process reads it again from there.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rollguard_runtime.bus import Partition, Record, Sink, Source
from rollguard_schemas.codec import OutgoingRecord


class Waiting(Protocol):
    """Who lets points wait."""

    def due(self) -> Sequence[OutgoingRecord]:
        """Return what waits no more."""

    def floors(self, next_offsets: Mapping[Partition, int]) -> Mapping[Partition, int]:
        """Note how far partitions were read; return how far each may be committed."""


class HeldSource:
    """The source and the keeper of one pump; a poll that brings nothing publishes what became due meanwhile."""

    def __init__(self, source: Source, waiting: Waiting, sink: Sink) -> None:
        self._source, self._waiting, self._sink = source, waiting, sink
        self._due: list[OutgoingRecord] = []  # until the broker has it: the keeper is asked again when it fails

    async def start(self) -> None:
        """Join the group."""
        await self._source.start()

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Return what there is."""
        return await self._source.poll(max_records=max_records, timeout_seconds=timeout_seconds)

    async def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        """Commit as far as nothing waits."""
        await self._source.commit(self._waiting.floors(next_offsets))

    async def lag(self) -> dict[Partition, int]:
        """Return how many records were not polled yet."""
        return await self._source.lag()

    async def stop(self) -> None:
        """Leave the group."""
        await self._source.stop()

    async def keep(self, next_offsets: Mapping[Partition, int]) -> None:
        """Publish what is due where nothing came, and commit it."""
        if not next_offsets:
            self._due += self._waiting.due()
        if self._due:
            await self._sink.publish(self._due)
            self._due.clear()
            await self.commit({})

    async def close(self) -> None:
        """Leave what waits to the next process, which reads it again."""
