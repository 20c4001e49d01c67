"""
A member of a consumer group.

After a rebalance a partition resumes from what was committed; with a rewind it starts earlier, and what was handled before is
marked as replayed. A commit never goes back, whatever is asked of it.
"""

import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from rollguard_runtime.bus import Partition, Record
from rollguard_runtime.errors import Temporary
from rollguard_runtime.kafka.connection import start
from rollguard_runtime.kafka.records import to_record

_HEARTBEAT_MS = 2_000
_MAX_POLL_INTERVAL_MS = 300_000
_PARTITION_FETCH_BYTES = 1 << 22  # so that one fetch can fill a poll


class _Rewind(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """On assignment, note how far the group came and go back by log time, so that state is rebuilt before anything new is said."""

    def __init__(self, source: "KafkaSource") -> None:
        self._source = source

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing is kept open between polls."""

    async def on_partitions_assigned(self, assigned: Any) -> None:
        await self._source.resume(list(assigned))


class KafkaSource:
    """A member of a consumer group."""

    def __init__(self, topics: tuple[str, ...], options: dict[str, Any], rewind_seconds: float) -> None:
        self._topics, self._rewind_seconds = topics, rewind_seconds
        self._handled: dict[TopicPartition, int] = {}
        self._consumer: Any = None
        self._options = options

    async def start(self) -> None:
        """Join the group and wait until the broker answers."""
        self._consumer = AIOKafkaConsumer(
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            heartbeat_interval_ms=_HEARTBEAT_MS,
            max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
            max_partition_fetch_bytes=_PARTITION_FETCH_BYTES,
            **self._options,
        )
        self._consumer.subscribe(list(self._topics), listener=_Rewind(self))
        await start(self._consumer)

    async def resume(self, assigned: list[TopicPartition]) -> None:
        """Find where each new partition resumes; with a rewind, seek back to it."""
        since = int(max(0.0, time.time() - self._rewind_seconds) * 1000)  # a rewind of any length ends at the beginning
        earlier = (
            await self._consumer.offsets_for_times(dict.fromkeys(assigned, since)) if assigned and self._rewind_seconds else {}
        )
        for partition in assigned:
            committed = await self._consumer.committed(partition)
            self._handled[partition] = committed or 0
            found = earlier.get(partition)
            if committed is not None and found is not None and found.offset < committed:
                self._consumer.seek(partition, found.offset)

    async def poll(self, *, max_records: int, timeout_seconds: float) -> list[Record]:
        """Return one fetch."""
        fetched = await self._consumer.getmany(timeout_ms=int(timeout_seconds * 1000), max_records=max_records)
        return [
            to_record(message, is_replayed=message.offset < self._handled.get(partition, 0))
            for partition, messages in fetched.items()
            for message in messages
        ]

    async def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        """Commit what is still owned; after a rebalance the new owner handles the rest again, which ids make harmless."""
        owned = self._consumer.assignment()
        offsets = {TopicPartition(*p): offset for p, offset in next_offsets.items() if TopicPartition(*p) in owned}
        offsets = {p: offset for p, offset in offsets.items() if offset > self._handled.get(p, 0)}
        if not offsets:
            return
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            return  # a rebalance took the partitions; their new owner resumes from the last commit
        except KafkaError as error:
            raise Temporary(f"commit failed: {error}") from error
        self._handled.update(offsets)

    async def lag(self) -> dict[Partition, int]:
        """Return the distance to the end of each owned partition, as of the last fetch."""
        behind: dict[Partition, int] = {}
        for partition in self._consumer.assignment():
            try:
                end = self._consumer.highwater(partition)
                if end is not None:
                    behind[partition.topic, partition.partition] = max(0, end - await self._consumer.position(partition))
            except (AssertionError, IllegalStateError):
                continue  # a rebalance took it while the others were asked
        return behind

    async def stop(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            await self._consumer.stop()
