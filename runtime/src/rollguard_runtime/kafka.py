"""
The bus over aiokafka.

At-least-once: offsets are committed by hand, after the results are acknowledged. The producer is not idempotent on purpose: ids
come from causes, so a duplicate is recognised by its reader, and young brokers refuse ``InitProducerId``.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from rollguard_runtime.bus import Partition, Record
from rollguard_runtime.errors import Temporary
from rollguard_runtime.settings import SharedSettings
from rollguard_schemas.codec import OutgoingRecord

_SESSION_TIMEOUT_MS = 10_000
_HEARTBEAT_MS = 2_000
_MAX_POLL_INTERVAL_MS = 300_000


class KafkaBus:
    """A Kafka broker, reached as the settings say; a member that falls silent is replaced after ``session_timeout_ms``."""

    def __init__(
        self,
        settings: SharedSettings,
        *,
        client_id: str,
        instance_id: str | None = None,
        session_timeout_ms: int = _SESSION_TIMEOUT_MS,
    ) -> None:
        self._connection = connection_options(settings, client_id=client_id)
        self._membership = {"group_instance_id": instance_id, "session_timeout_ms": session_timeout_ms}

    async def partition_counts(self, topics: Sequence[str]) -> dict[str, int]:
        """Ask the broker; nothing is created by asking."""
        consumer = AIOKafkaConsumer(**self._connection)
        await _start(consumer)
        try:
            numbers = await _partition_numbers(consumer)
        finally:
            await consumer.stop()
        return {topic: len(numbers[topic]) for topic in topics if topic in numbers}

    def source(self, topics: Sequence[str], *, group: str, rewind_seconds: float = 0.0) -> "KafkaSource":
        """Make a source in a consumer group."""
        options = {**self._connection, **self._membership, "group_id": group}
        return KafkaSource(tuple(topics), options, rewind_seconds)

    def follower(self, topics: Sequence[str]) -> "KafkaFollower":
        """Make a follower."""
        return KafkaFollower(tuple(topics), self._connection)

    def sink(self) -> "KafkaSink":
        """Make a sink."""
        return KafkaSink(self._connection)


def connection_options(settings: SharedSettings, *, client_id: str) -> dict[str, Any]:
    """Return what every aiokafka client needs to connect."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka,
        "client_id": client_id,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
    if settings.kafka_security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password
    return options


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
            **self._options,
        )
        self._consumer.subscribe(list(self._topics), listener=_Rewind(self))
        await _start(self._consumer)

    async def resume(self, assigned: list[TopicPartition]) -> None:
        """Find where each new partition resumes; with a rewind, seek back to it."""
        since = int((time.time() - self._rewind_seconds) * 1000)
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
            _to_record(message, is_replayed=message.offset < self._handled.get(partition, 0))
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


class KafkaFollower:
    """Reads whole topics without a group."""

    def __init__(self, topics: tuple[str, ...], connection: dict[str, Any]) -> None:
        self._topics, self._connection = topics, connection
        self._consumer: Any = None

    async def start(self) -> None:
        """Take every partition of the topics, from the beginning."""
        self._consumer = AIOKafkaConsumer(enable_auto_commit=False, auto_offset_reset="earliest", **self._connection)
        await _start(self._consumer)
        try:
            await self._take_all()
        except BaseException:
            await self._consumer.stop()
            raise

    async def _take_all(self) -> None:
        numbers = await _partition_numbers(self._consumer)
        for topic in self._topics:
            if topic not in numbers:
                raise Temporary(f"topic {topic} does not exist: run `rollguard topics apply`", retry_after_seconds=2)
        partitions = [TopicPartition(topic, number) for topic in self._topics for number in numbers[topic]]
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)

    async def catch_up(self) -> list[Record]:
        """Read until every partition is at the end as it was when this was called."""
        try:
            ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        except KafkaError as error:
            raise Temporary(f"Kafka does not say where its topics end: {error}") from error
        records: list[Record] = []
        while any([await self._consumer.position(partition) < end for partition, end in ends.items()]):
            records += await self.poll(timeout_seconds=0.2)
        return records

    async def poll(self, *, timeout_seconds: float) -> list[Record]:
        """Return one fetch."""
        fetched = await self._consumer.getmany(timeout_ms=int(timeout_seconds * 1000))
        return [_to_record(message) for messages in fetched.values() for message in messages]

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()


class KafkaSink:
    """Publishes and waits for every acknowledgement."""

    def __init__(self, connection: dict[str, Any]) -> None:
        self._connection = connection
        self._producer: Any = None

    async def start(self) -> None:
        """Connect."""
        self._producer = AIOKafkaProducer(acks="all", linger_ms=2, **self._connection)
        await _start(self._producer)

    async def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Send all, then wait for all."""
        try:
            pending = [
                await self._producer.send(
                    record.topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
                )
                for record in records
            ]
            await asyncio.gather(*pending)
        except KafkaError as error:
            raise Temporary(f"publish failed: {error!r}") from error

    async def stop(self) -> None:
        """Flush what is pending and disconnect."""
        if self._producer is not None:
            await self._producer.stop()


async def _start(client: Any) -> None:
    """Connect, or raise ``Temporary`` and leave nothing open."""
    try:
        await client.start()
    except (KafkaError, OSError) as error:
        await client.stop()
        raise Temporary(f"Kafka does not answer: {error}", retry_after_seconds=2) from error


async def _partition_numbers(consumer: Any) -> dict[str, list[int]]:
    """Return every topic's partitions, in order; a topic that is only being made has none yet and is left out."""
    metadata = await consumer._client.fetch_all_metadata()  # noqa: SLF001  # the public call knows subscribed topics only
    found = {topic: sorted(metadata.partitions_for_topic(topic) or ()) for topic in metadata.topics()}
    return {topic: numbers for topic, numbers in found.items() if numbers}


def _to_record(message: Any, *, is_replayed: bool = False) -> Record:
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=max(0, message.timestamp),
        key=message.key,
        value=message.value,
        headers=tuple((name, bytes(content or b"")) for name, content in message.headers),
        is_replayed=is_replayed,
    )
