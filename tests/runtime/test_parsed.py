"""
What a client of Kafka has fetched reads the same whether it was handed over as parsed or not.
"""

from types import SimpleNamespace

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from rollguard_runtime.batches import Batch
from rollguard_runtime.bus import Record
from rollguard_runtime.kafka.parsed import hand_over_as_parsed
from rollguard_runtime.runs import Run

PARTITION = TopicPartition("points", 3)


def _fetched():
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 16)
    builder.append(0, 1_700_000_000_000, b"k", b"{}", [("ce_id", b"1"), ("empty", None)])
    builder.append(1, 1_700_000_000_001, None, None, [])
    return PartitionRecords(PARTITION, MemoryRecords(bytes(builder.build())), None, 0, None, None, True, 0)


def _consumer(records):
    return SimpleNamespace(_fetcher=SimpleNamespace(_records={PARTITION: SimpleNamespace(_partition_records=records)}))


def _read(records):
    return list(Batch([Run(PARTITION.topic, PARTITION.partition, list(records))]))


def test_records_say_the_same_handed_over_as_they_were_parsed():
    records = _fetched()
    hand_over_as_parsed(_consumer(records))
    expected = [
        Record("points", 3, 0, 1_700_000_000_000, b"k", b"{}", (("ce_id", b"1"), ("empty", b""))),
        Record("points", 3, 1, 1_700_000_000_001, None, None),
    ]
    assert _read(records) == _read(_fetched()) == expected


def test_a_client_whose_parts_have_other_names_is_left_alone():
    for consumer in (SimpleNamespace(), _consumer(None), _consumer(SimpleNamespace()), SimpleNamespace(_fetcher=SimpleNamespace())):
        hand_over_as_parsed(consumer)
