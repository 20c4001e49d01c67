"""
Publishes, and waits for every acknowledgement.

A broker that does not answer is worth another try; a record that it will never take is not. A producer's own limit stands above the
topics', so that a dead letter, which is its original and the reasons besides, always fits, as does a large state.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTopicError, KafkaError, MessageSizeTooLargeError, TopicAuthorizationFailedError

from rollguard_runtime.errors import Permanent, Temporary
from rollguard_runtime.kafka.connection import start
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.topics import MAX_STATE_BYTES

_NEVER = (MessageSizeTooLargeError, InvalidTopicError, TopicAuthorizationFailedError)


class KafkaSink:
    """Publishes and waits for every acknowledgement."""

    def __init__(self, connection: dict[str, Any]) -> None:
        self._connection = connection
        self._producer: Any = None

    async def start(self) -> None:
        """Connect."""
        self._producer = AIOKafkaProducer(acks="all", linger_ms=2, max_request_size=2 * MAX_STATE_BYTES, **self._connection)
        await start(self._producer)

    async def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """
        Send all, then wait for all.

        Raises:

            Temporary: when the broker does not acknowledge.
            Permanent: when it never will: too large, no such topic, no right to write there.
        """
        try:
            pending = [
                await self._producer.send(
                    record.topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
                )
                for record in records
            ]
            await asyncio.gather(*pending)
        except _NEVER as error:
            raise Permanent(f"publish refused: {error!r}") from error
        except KafkaError as error:
            raise Temporary(f"publish failed: {error!r}") from error

    async def stop(self) -> None:
        """Flush what is pending and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
