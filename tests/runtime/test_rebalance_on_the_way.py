"""
Records that were fetched while a rebalance was under way are read again, also by the member that fetched them.
"""

from types import SimpleNamespace

from aiokafka import TopicPartition

from rollguard_runtime.kafka.source import KafkaSource

PARTITION = TopicPartition("decisions", 0)


class Client:
    """A client of Kafka with one partition of two records, given to it while it first waits for records."""

    def __init__(self):
        self.source, self.owned, self.at = None, set(), 0

    def assignment(self):
        return self.owned

    def highwater(self, partition):
        return 2

    def seek(self, partition, offset):
        self.at = offset

    async def committed(self, partition):
        return None

    async def getmany(self, *partitions, timeout_ms, max_records):
        if not self.owned:
            await self.source.move()
            self.owned = {PARTITION}
            self.source.assign({PARTITION})
        found = [_message(offset) for offset in range(self.at, 2)]
        self.at = 2
        return {PARTITION: found} if found else {}


def _message(offset):
    fields = {"offset": offset, "timestamp": 0, "key": b"shop/fraud", "value": b"{}", "headers": ()}
    return SimpleNamespace(topic=PARTITION.topic, partition=PARTITION.partition, **fields)


async def test_what_was_fetched_on_the_way_to_an_assignment_is_read_once_it_is_there():
    client = Client()
    source = KafkaSource(("decisions",), {}, 0.0)
    client.source, source._consumer = source, client
    assert await source.poll(max_records=10, timeout_seconds=0.1) == []
    assert [record.offset for record in await source.poll(max_records=10, timeout_seconds=0.1)] == [0, 1]
