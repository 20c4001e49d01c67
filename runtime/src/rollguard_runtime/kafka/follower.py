"""
A reader of whole topics, without a group and without commits.
"""

from collections.abc import AsyncGenerator, Collection
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from rollguard_runtime.batches import Batch
from rollguard_runtime.bus import Record
from rollguard_runtime.errors import Temporary
from rollguard_runtime.kafka.connection import partition_numbers, start
from rollguard_runtime.runs import Run


class KafkaFollower:
    """Reads whole topics without a group."""

    def __init__(self, topics: tuple[str, ...], connection: dict[str, Any], partitions: Collection[int] | None = None) -> None:
        self._topics, self._connection, self._partitions = topics, connection, partitions
        self._consumer: Any = None

    async def start(self) -> None:
        """Take the partitions of the topics, from the beginning."""
        self._consumer = AIOKafkaConsumer(enable_auto_commit=False, auto_offset_reset="earliest", **self._connection)
        await start(self._consumer)
        try:
            await self._take_all()
        except BaseException:
            await self._consumer.stop()
            raise

    async def _take_all(self) -> None:
        numbers = await partition_numbers(self._consumer)
        for topic in self._topics:
            if topic not in numbers:
                raise Temporary(f"topic {topic} does not exist: run `rollguard topics apply`", retry_after_seconds=2)
        wanted = self._partitions
        partitions = [
            TopicPartition(topic, number)
            for topic in self._topics
            for number in numbers[topic]
            if wanted is None or number in wanted
        ]
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)

    async def catch_up(self) -> list[Record]:
        """Read until every partition is at the end as it was when this was called."""
        return [record async for records in self.catching_up() for record in records]

    async def catching_up(self) -> AsyncGenerator[list[Record], None]:
        """Read the same, a fetch at a time."""
        try:
            ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        except KafkaError as error:
            raise Temporary(f"Kafka does not say where its topics end: {error}") from error
        while any([await self._consumer.position(partition) < end for partition, end in ends.items()]):
            yield await self.poll(timeout_seconds=0.2)

    async def poll(self, *, timeout_seconds: float) -> list[Record]:
        """Return one fetch."""
        fetched = await self._consumer.getmany(timeout_ms=int(timeout_seconds * 1000))
        return list(Batch(Run(one.topic, one.partition, messages) for one, messages in fetched.items()))

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()
