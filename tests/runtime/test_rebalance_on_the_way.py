"""
Records that were fetched while a rebalance was under way, or ahead of it, are read again, also by the member that fetched them.
"""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from rollguard_runtime.kafka.source import KafkaSource

PARTITION = TopicPartition("decisions", 0)


class Client:
    """A client of Kafka with one partition of some records, given to it while it first waits for records."""

    def __init__(self, records=2):
        self.source, self.owned, self.at, self.end = None, set(), 0, records

    def assignment(self):
        return self.owned

    def highwater(self, partition):
        return self.end

    def seek(self, partition, offset):
        self.at = offset

    async def committed(self, partition):
        return None

    async def position(self, partition):
        return self.at

    async def getmany(self, *partitions, timeout_ms, max_records):
        if not self.owned:
            await self.source.move()
            self.owned = {PARTITION}
            self.source.assign({PARTITION})
        found = [_message(offset) for offset in range(self.at, min(self.at + max_records, self.end))]
        self.at += len(found)
        return {PARTITION: found} if found else {}


def _message(offset):
    fields = {"offset": offset, "timestamp": 0, "key": b"shop/fraud", "value": b"{}", "headers": ()}
    return SimpleNamespace(topic=PARTITION.topic, partition=PARTITION.partition, **fields)


def _source_of(client):
    source = KafkaSource(("decisions",), {}, 0.0)
    client.source, source._consumer = source, client
    return source


async def _offsets(source):
    return [record.offset for record in await source.poll(max_records=2, timeout_seconds=0.1)]


async def test_the_next_poll_is_fetched_beside_the_batch_in_hand_and_not_counted_as_polled():
    client = Client(records=5)
    source = _source_of(client)
    assert await _offsets(source) == []
    assert await _offsets(source) == [0, 1]
    await asyncio.sleep(0.01)

    assert client.at == 4
    assert await source.lag() == {("decisions", 0): 3}
    assert [await _offsets(source), await _offsets(source)] == [[2, 3], [4]]


async def test_what_was_fetched_ahead_of_a_rebalance_is_read_again():
    client = Client(records=5)
    source = _source_of(client)
    await _offsets(source)
    await _offsets(source)
    await asyncio.sleep(0.01)
    moving = asyncio.create_task(source.move())
    await asyncio.sleep(0.01)
    assert await _offsets(source) == []
    await moving
    source.assign({PARTITION})

    assert [await _offsets(source), await _offsets(source)] == [[2, 3], [4]]


async def test_a_fetch_ahead_that_fails_is_told_at_the_next_poll():
    client = Client(records=5)
    source = _source_of(client)
    await _offsets(source)
    await _offsets(source)
    await source._drop_ahead()

    async def fail():
        raise OSError("the broker is gone")

    source._ahead = asyncio.create_task(fail())
    with pytest.raises(OSError, match="gone"):
        await _offsets(source)
    assert await _offsets(source) in ([2, 3], [4])


async def test_what_was_fetched_on_the_way_to_an_assignment_is_read_once_it_is_there():
    client = Client()
    source = _source_of(client)
    assert await source.poll(max_records=10, timeout_seconds=0.1) == []
    assert [record.offset for record in await source.poll(max_records=10, timeout_seconds=0.1)] == [0, 1]
