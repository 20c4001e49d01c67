"""
A poll as it was fetched says what its records say one by one.
"""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from rollguard_runtime.batches import Batch
from rollguard_runtime.bus import Record
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.runs import Message, Run, runs_of
from rollguard_schemas.codec import OutgoingRecord

_HEADERS = st.lists(st.tuples(st.sampled_from(["ce_id", "x"]), st.binary(max_size=2)), max_size=2).map(tuple)
_RECORDS = st.lists(
    st.builds(
        Record,
        st.sampled_from(["a", "b"]),
        st.integers(0, 2),
        st.integers(0, 99),
        st.integers(0, 9),
        st.none() | st.binary(max_size=3),
        st.none() | st.binary(max_size=3),
        _HEADERS,
        st.booleans(),
    ),
    max_size=30,
)


@given(_RECORDS, st.integers(-32, 32), st.integers(-32, 32))
def test_a_batch_is_the_sequence_of_its_records(records, first, last):
    batch = Batch.of(records)
    assert list(batch) == records
    assert [batch[place] for place in range(-len(records), len(records))] == records + records
    assert list(batch[first:last]) == records[first:last]
    assert batch == records
    assert Batch.of(batch) is batch


@given(_RECORDS, st.data())
def test_some_of_a_batch_are_those_at_their_places(records, data):
    places = sorted(data.draw(st.sets(st.integers(0, max(0, len(records) - 1))))) if records else []
    assert list(Batch.of(records).at(places)) == [records[place] for place in places]


@given(_RECORDS)
def test_the_columns_of_a_batch_are_those_of_its_records(records):
    batch = Batch.of(records)
    assert batch.values() == [record.value for record in records]
    assert batch.headers() == [record.headers for record in records]
    assert batch.topics() == [record.topic for record in records]
    assert batch.timestamps_ms() == [record.timestamp_ms for record in records]
    assert batch.next_offsets() == {(record.topic, record.partition): record.offset + 1 for record in records}
    assert sum(batch.count_by_topic().values()) == len(records)


@given(_RECORDS)
def test_what_is_read_again_and_what_is_new_come_apart(records):
    parts = Batch.of(records).again_and_new()
    told = [[record for record in records if record.is_replayed is again] for again in (True, False)]
    assert parts == [part for part in told if part]


@given(st.integers(0, 20), st.integers(0, 40))
def test_what_was_handled_before_is_a_run_of_its_own(first, handled):
    fetched = [Message(first + number, 5, None, b"", ()) for number in range(10)]
    records = Batch(runs_of("a", 0, fetched, handled=handled))
    assert [(record.offset, record.is_replayed) for record in records] == [(one.offset, one.offset < handled) for one in fetched]


def test_a_record_without_a_time_has_time_zero_and_a_header_without_a_value_an_empty_one():
    batch = Batch([Run("a", 0, [Message(7, -1, b"k", None, (("x", None),))])])
    assert batch[0] == Record("a", 0, 7, 0, b"k", None, (("x", b""),))
    assert batch.timestamps_ms() == [0]
    assert batch.headers() == [(("x", b""),)]


def test_a_record_is_found_by_its_offset_where_it_is():
    fetched = [Message(offset, 5, None, b"", ()) for offset in (3, 5)]
    batch = Batch(run for number in (0, 1) for run in runs_of("a", number, fetched, handled=5))
    assert [batch.place_of(("a", number), offset) for number in (0, 1) for offset in (3, 5)] == [0, 1, 2, 3]
    assert [batch.place_of(("a", number), offset) for number, offset in ((0, 4), (2, 3), (1, 6))] == [None, None, None]


def test_a_source_hands_over_what_it_fetched_partition_by_partition():
    async def polled():
        bus = MemoryBus(partitions=2)
        for number in range(6):
            bus.append(OutgoingRecord("a", b"k", b"%d" % number, partition=number % 2))
        source = bus.source(["a"], group="g")
        await source.start()
        return await source.poll(max_records=5, timeout_seconds=0.0)

    batch = asyncio.run(polled())
    assert [(run.partition, len(run.fetched)) for run in batch.runs] == [(0, 3), (1, 2)]
