"""
Fills a topic fast: prebuilt batches, each acknowledged.
"""

import zlib
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from load.points import Message

PARTITIONS = 4
_BATCH_BYTES = 1 << 19


async def fill(bootstrap: str, topic: str, messages: Iterable[Message]) -> int:
    """Make a topic, put the messages into it by their keys, and return how many bytes their values have on average."""
    await _create(bootstrap, topic)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=_BATCH_BYTES)
    await producer.start()
    try:
        return await _send(producer, topic, messages)
    finally:
        await producer.stop()


async def _create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1, topic_configs={"retention.ms": "-1"})])
    await admin.close()


async def _send(producer: AIOKafkaProducer, topic: str, messages: Iterable[Message]) -> int:
    builders = {number: producer.create_batch() for number in range(PARTITIONS)}
    numbers: dict[bytes, int] = {}
    count = total = 0
    for key, value, at_ms in messages:
        count, total = count + 1, total + len(value)
        number = numbers.get(key)
        if number is None:
            number = numbers[key] = zlib.crc32(key) % PARTITIONS
        if builders[number].append(key=key, value=value, timestamp=at_ms) is None:
            await producer.send_batch(builders[number], topic, partition=number)
            builders[number] = producer.create_batch()
            builders[number].append(key=key, value=value, timestamp=at_ms)
    for number, builder in builders.items():
        if builder.record_count():
            await producer.send_batch(builder, topic, partition=number)
    await producer.flush()
    return round(total / count)
