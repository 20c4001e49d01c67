"""
A member of a consumer group.

After a rebalance a partition resumes from what was committed; with a rewind, or as a holder of state says, it starts earlier, and
what was handled before is marked as replayed. A commit never goes back, whatever is asked of it.

A rebalance happens beside the loop that polls. It waits until the batch in hand is committed, so that nothing is handled by two
members; who holds state hears of it at the next poll, since reading state takes longer than the broker waits for a sign of life.

The next poll is fetched beside what is made of the last one. Nothing counts it before it is handed out: a rebalance drops it, and
every partition is sought anew.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from rollguard_runtime.batches import Batch
from rollguard_runtime.bus import Holder, Partition, Reached
from rollguard_runtime.errors import Temporary
from rollguard_runtime.kafka.connection import start
from rollguard_runtime.kafka.parsed import hand_over_as_parsed
from rollguard_runtime.runs import Run, runs_of

_HEARTBEAT_MS = 2_000
_MAX_POLL_INTERVAL_MS = 300_000
_PARTITION_FETCH_BYTES = 1 << 22  # so that one fetch can fill a poll
_BATCH_IN_HAND_SECONDS = 20.0
_EVEN_SECONDS, _EVEN_STEP_SECONDS = 0.1, 0.002
# By ranges the same number of every topic goes to the same member, and with it a workload that reports by several topics. Members
# of an older release know the other one only, and a group needs one that all of its members know.
_ASSIGNORS = (RangePartitionAssignor, RoundRobinPartitionAssignor)
_Fetched = Mapping[TopicPartition, list[Any]]


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Tells the source what its group does."""

    def __init__(self, source: "KafkaSource") -> None:
        self._source = source

    async def on_partitions_revoked(self, _: Any) -> None:
        await self._source.move()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self._source.assign(set(assigned))


class KafkaSource:
    """A member of a consumer group."""

    def __init__(
        self, topics: tuple[str, ...], options: dict[str, Any], rewind_seconds: float, holder: Holder | None = None
    ) -> None:
        self._topics, self._rewind_seconds, self._holder = topics, rewind_seconds, holder
        self._handled: dict[TopicPartition, int] = {}  # of each partition that is held, up to where the group came
        self._next: dict[TopicPartition, int] = {}  # and what this process polls next
        self._assigned: set[TopicPartition] | None = None  # what a rebalance gave, until the next poll
        self._is_moving = False  # from the beginning of a rebalance until it was followed
        self._has_no_batch = asyncio.Event()
        self._has_no_batch.set()
        self._ahead: asyncio.Task[_Fetched] | None = None  # the next fetch, beside the batch in hand; nothing counts it yet
        self._consumer: Any = None
        self._options = options

    async def start(self) -> None:
        """Join the group and wait until the broker answers."""
        self._consumer = AIOKafkaConsumer(
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            heartbeat_interval_ms=_HEARTBEAT_MS,
            partition_assignment_strategy=_ASSIGNORS,
            max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
            max_partition_fetch_bytes=_PARTITION_FETCH_BYTES,
            **self._options,
        )
        self._consumer.subscribe(list(self._topics), listener=_Rebalance(self))
        await start(self._consumer)

    async def move(self) -> None:
        """Wait until what was polled is committed; not for ever, since what is handled twice is recognised by its ids."""
        self._is_moving = True
        try:
            await asyncio.wait_for(self._has_no_batch.wait(), _BATCH_IN_HAND_SECONDS)
        except TimeoutError:
            return

    def assign(self, assigned: set[TopicPartition]) -> None:
        """Note what a rebalance gave."""
        self._assigned = assigned

    async def _change_over(self, assigned: set[TopicPartition]) -> None:
        """Let go of what went, take over what came; what stays goes on, unless another member went on with it meanwhile."""
        reached = await self._reached(assigned)
        stays = {p for p in assigned if p in self._next and (reached[p].committed or 0) == self._handled[p]}
        gone = [p for p in self._next if p not in stays]
        came = {p: reached[p] for p in sorted(assigned - stays)}
        starts = await self._told(gone, came)
        for partition in gone:
            del self._handled[partition], self._next[partition]
        for partition, one in came.items():
            self._handled[partition] = one.committed or 0
            self._next[partition] = starts.get((partition.topic, partition.partition), one.rewound)
        for partition in assigned:
            # Also where the client begins by itself: what it fetched on the way to this assignment was dropped, and it has gone on.
            self._consumer.seek(partition, self._next[partition])

    async def _told(self, gone: list[TopicPartition], came: dict[TopicPartition, Reached]) -> Mapping[Partition, int]:
        if self._holder is None:
            return {}
        if gone:
            await self._holder.release([(p.topic, p.partition) for p in gone])
        return await self._holder.take({(p.topic, p.partition): one for p, one in came.items()}) if came else {}

    async def _reached(self, assigned: set[TopicPartition]) -> dict[TopicPartition, Reached]:
        since = int(max(0.0, time.time() - self._rewind_seconds) * 1000)  # a rewind of any length ends at the beginning
        earlier = (
            await self._consumer.offsets_for_times(dict.fromkeys(assigned, since)) if assigned and self._rewind_seconds else {}
        )
        reached = {}
        for partition in assigned:
            committed, found = await self._consumer.committed(partition), earlier.get(partition)
            rewound = committed or 0
            reached[partition] = Reached(committed, min(rewound, found.offset) if found is not None else rewound)
        return reached

    async def poll(self, *, max_records: int, timeout_seconds: float) -> Batch:
        """Return one fetch, and begin the next beside what is made of it."""
        self._has_no_batch.set()
        if self._assigned is not None:
            await self._drop_ahead()  # every partition is sought anew
            await self._follow_rebalance()
        fetching, self._ahead = self._ahead or self._fetch(max_records, int(timeout_seconds * 1000)), None
        fetched = await fetching
        if self._is_moving:
            return Batch()  # fetched on the way from one assignment to the next: each has its owner, who reads it again
        runs: list[Run] = []
        for partition, messages in fetched.items():
            runs += runs_of(partition.topic, partition.partition, messages, handled=self._handled[partition])
        self._next.update({partition: messages[-1].offset + 1 for partition, messages in fetched.items() if messages})
        if runs:
            self._has_no_batch.clear()
            self._ahead = asyncio.create_task(self._fetch(max_records, int(timeout_seconds * 1000)))
        return Batch(runs)

    async def _drop_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)  # whatever it met, nobody was to have it

    async def _fetch(self, max_records: int, timeout_ms: int) -> _Fetched:
        """
        Take evenly from all partitions, so that all of their series come in one poll; wait if there is nothing.

        What one partition does not give is not taken from another: a poll of few series that each report often costs the banks a
        step for each report. A partition that is behind and has nothing here yet is on its way, and waited for a moment.
        """
        owned = sorted(self._consumer.assignment())
        most = max(1, max_records // max(1, len(owned)))
        fetched = await self._fetched(owned, most)
        if not fetched:
            waited: _Fetched = await self._consumer.getmany(timeout_ms=timeout_ms, max_records=max_records)
            return waited
        until = time.monotonic() + _EVEN_SECONDS
        while (late := [one for one in owned if one not in fetched and self._is_behind(one)]) and time.monotonic() < until:
            await asyncio.sleep(_EVEN_STEP_SECONDS)
            fetched |= await self._fetched(late, most)
        return fetched

    async def _fetched(self, partitions: list[TopicPartition], most: int) -> dict[TopicPartition, list[Any]]:
        """Return what is here already, at most so much of each partition."""
        fetched: dict[TopicPartition, list[Any]] = {}
        hand_over_as_parsed(self._consumer)
        for one in partitions:
            fetched |= await self._consumer.getmany(one, timeout_ms=0, max_records=most)
        return fetched

    def _is_behind(self, partition: TopicPartition) -> bool:
        """Whether the broker is known to have more of a partition than was polled."""
        end = self._consumer.highwater(partition)
        return end is not None and self._next.get(partition, end) < end

    async def _follow_rebalance(self) -> None:
        """Change over to the last assignment; another rebalance on the way is followed at the next poll."""
        assigned, self._assigned, self._is_moving = self._assigned or set(), None, False
        try:
            await self._change_over(assigned)
        except (IllegalStateError, AssertionError):
            self._is_moving = True  # what was given is gone again
        except KafkaError as error:
            self._assigned = assigned if self._assigned is None else self._assigned
            self._is_moving = True
            raise Temporary(f"Kafka does not say how far the group came: {error}") from error

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
                    reached = self._next.get(partition)  # what was fetched ahead was not polled
                    reached = await self._consumer.position(partition) if reached is None else reached
                    behind[partition.topic, partition.partition] = max(0, end - reached)
            except (AssertionError, IllegalStateError):
                continue  # a rebalance took it while the others were asked
        return behind

    async def stop(self) -> None:
        """Leave the group."""
        self._has_no_batch.set()
        await self._drop_ahead()
        if self._consumer is not None:
            await self._consumer.stop()
