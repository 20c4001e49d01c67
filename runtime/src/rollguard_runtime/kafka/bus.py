"""
The broker as a ``Bus``: makes the three ends over one connection's settings.
"""

from collections.abc import Collection, Sequence

from aiokafka import AIOKafkaConsumer

from rollguard_runtime.bus import Holder
from rollguard_runtime.kafka.connection import connection_options, partition_numbers, start
from rollguard_runtime.kafka.follower import KafkaFollower
from rollguard_runtime.kafka.sink import KafkaSink
from rollguard_runtime.kafka.source import KafkaSource
from rollguard_runtime.settings import SharedSettings

_SESSION_TIMEOUT_MS = 10_000


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
        await start(consumer)
        try:
            numbers = await partition_numbers(consumer)
        finally:
            await consumer.stop()
        return {topic: len(numbers[topic]) for topic in topics if topic in numbers}

    def source(
        self, topics: Sequence[str], *, group: str, rewind_seconds: float = 0.0, holder: Holder | None = None
    ) -> KafkaSource:
        """Make a source in a consumer group."""
        options = {**self._connection, **self._membership, "group_id": group}
        return KafkaSource(tuple(topics), options, rewind_seconds, holder)

    def follower(self, topics: Sequence[str], partitions: Collection[int] | None = None) -> KafkaFollower:
        """Make a follower."""
        return KafkaFollower(tuple(topics), self._connection, partitions)

    def sink(self) -> KafkaSink:
        """Make a sink."""
        return KafkaSink(self._connection)
