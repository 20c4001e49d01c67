"""
The contract of the bus: one suite, held by the bus in memory and by every real broker that can be had.
"""

import math
import time

from rollguard_schemas.codec import OutgoingRecord
from support.buses import PARTITIONS, collect, numbered, running, values


async def test_records_of_one_key_lie_in_one_partition_in_the_order_they_were_published(under_test):
    topic = await under_test.topic()
    keys = [f"shop/scorer-{number}".encode() for number in range(6)]
    await under_test.publish([OutgoingRecord(topic, keys[n % 6], b"%d" % n) for n in range(120)])
    async with under_test.source(topic, under_test.group()) as source:
        records = await collect(source, 120)
    for index, key in enumerate(keys):
        of_key = [record for record in records if record.key == key]
        assert values(of_key) == list(range(index, 120, 6))
        assert len({record.partition for record in of_key}) == 1


async def test_a_record_that_names_its_partition_lies_there_whatever_its_key(under_test):
    topic = await under_test.topic()
    everywhere = [record for n in range(PARTITIONS) for record in numbered(topic, 1, first=n, partition=n)]
    await under_test.publish(everywhere)
    async with under_test.follower(topic) as follower:
        assert {record.partition: int(record.value) for record in await follower.catch_up()} == {n: n for n in range(PARTITIONS)}


async def test_a_topic_tells_how_many_partitions_it_has(under_test):
    topic = await under_test.topic()
    assert await under_test.bus.partition_counts([topic]) == {topic: PARTITIONS}


async def test_the_next_member_of_a_group_resumes_from_the_last_commit(under_test):
    topic, group = await under_test.topic(), under_test.group()
    await under_test.publish(numbered(topic, 10))
    async with under_test.source(topic, group) as source:
        records = await collect(source, 10)
        await source.commit({(topic, records[0].partition): records[3].offset + 1})
    async with under_test.source(topic, group) as source:
        assert values(await collect(source, 6)) == [4, 5, 6, 7, 8, 9]


async def test_what_was_polled_and_not_committed_comes_again(under_test):
    topic, group = await under_test.topic(), under_test.group()
    await under_test.publish(numbered(topic, 5))
    for _ in range(2):
        async with under_test.source(topic, group) as source:
            records = await collect(source, 5)
        assert values(records) == [0, 1, 2, 3, 4]
        assert not any(record.is_replayed for record in records)


async def test_a_group_that_committed_everything_is_given_only_what_came_since(under_test):
    topic, group = await under_test.topic(), under_test.group()
    await under_test.publish(numbered(topic, 5))
    async with under_test.source(topic, group) as source:
        await source.commit(_after(await collect(source, 5)))
    await under_test.publish(numbered(topic, 2, first=5))
    async with under_test.source(topic, group) as source:
        assert values(await collect(source, 2)) == [5, 6]


async def test_a_commit_never_goes_back(under_test):
    topic, group = await under_test.topic(), under_test.group()
    await under_test.publish(numbered(topic, 5))
    async with under_test.source(topic, group) as source:
        records = await collect(source, 5)
        await source.commit(_after(records[:4]))
        await source.commit(_after(records[:2]))
    async with under_test.source(topic, group) as source:
        assert values(await collect(source, 1)) == [4]


async def test_two_groups_do_not_disturb_one_another(under_test):
    topic, one, other = await under_test.topic(), under_test.group(), under_test.group()
    await under_test.publish(numbered(topic, 3))
    async with under_test.source(topic, one) as source:
        await source.commit(_after(await collect(source, 3)))
    async with under_test.source(topic, other) as source:
        assert values(await collect(source, 3)) == [0, 1, 2]


async def test_headers_and_missing_keys_and_values_survive(under_test):
    topic = await under_test.topic()
    headers = (("ce_id", b"signal-1"), ("ce_id", b"again"), ("empty", b""), ("bytes", bytes(range(256))))
    await under_test.publish([OutgoingRecord(topic, b"shop/a", None, headers), OutgoingRecord(topic, None, b"", partition=1)])
    async with under_test.follower(topic) as follower:
        by_key = {record.key: record for record in await follower.catch_up()}
    assert by_key[b"shop/a"].value is None
    assert by_key[b"shop/a"].headers == headers
    assert by_key[None].value == b""
    assert by_key[None].headers == ()


async def test_every_record_says_when_it_was_appended(under_test):
    topic = await under_test.topic()
    before_ms = int(time.time() * 1000)
    await under_test.publish(numbered(topic, 3))
    after_ms = int(time.time() * 1000)
    async with under_test.follower(topic) as follower:
        stamps = [record.timestamp_ms for record in await follower.catch_up()]
    assert len(stamps) == 3
    assert before_ms <= stamps[0] <= stamps[1] <= stamps[2] <= after_ms


async def test_a_source_tells_how_much_is_left_to_poll(under_test):
    topic = await under_test.topic()
    await under_test.publish(numbered(topic, 7))
    async with under_test.source(topic, under_test.group()) as source:
        polled = []
        while not polled:
            polled = await source.poll(max_records=3, timeout_seconds=1.0)
        assert len(polled) == 3
        assert sum((await source.lag()).values()) == 4
        await collect(source, 4)
        assert set((await source.lag()).values()) == {0}


async def test_a_follower_reads_everything_from_the_first_record_and_stops_at_the_end(under_test):
    topic = await under_test.topic()
    records = [OutgoingRecord(topic, f"shop/{n % 9}".encode(), b"%d" % n) for n in range(200)]
    await under_test.publish(records)
    async with under_test.follower(topic) as follower:
        assert sorted(values(await follower.catch_up())) == list(range(200))
        assert await follower.catch_up() == []


async def test_a_follower_of_an_empty_topic_has_caught_up_at_once(under_test):
    topic = await under_test.topic()
    async with under_test.follower(topic) as follower:
        assert await follower.catch_up() == []


async def test_a_follower_hears_what_comes_after_it_caught_up(under_test):
    topic = await under_test.topic()
    async with under_test.follower(topic) as follower:
        await follower.catch_up()
        await under_test.publish(numbered(topic, 2))
        heard = []
        while len(heard) < 2:
            heard += await follower.poll(timeout_seconds=1.0)
    assert values(heard) == [0, 1]


async def test_a_rewound_source_marks_what_its_group_had_handled(under_test):
    topic, group = await under_test.topic(), under_test.group()
    await under_test.publish(numbered(topic, 5))
    async with under_test.source(topic, group) as source:
        await source.commit(_after(await collect(source, 5)))
    await under_test.publish(numbered(topic, 3, first=5))
    async with under_test.source(topic, group, rewind_seconds=3600) as source:
        records = await collect(source, 8)
    assert [(int(record.value), record.is_replayed) for record in records] == [(n, n < 5) for n in range(8)]


async def test_a_rewind_of_any_length_ends_at_the_beginning(under_test):
    topic, group = await under_test.topic(), under_test.group()
    await under_test.publish(numbered(topic, 5))
    async with under_test.source(topic, group) as source:
        await source.commit(_after(await collect(source, 5)))
    async with under_test.source(topic, group, rewind_seconds=math.inf) as source:
        assert [(int(record.value), record.is_replayed) for record in await collect(source, 5)] == [(n, True) for n in range(5)]


async def test_committing_replayed_records_leaves_the_group_where_it_was(under_test):
    topic, group = await under_test.topic(), under_test.group()
    await under_test.publish(numbered(topic, 5))
    async with under_test.source(topic, group) as source:
        await source.commit(_after(await collect(source, 5)))
    async with under_test.source(topic, group, rewind_seconds=3600) as source:
        await source.commit(_after((await collect(source, 5))[:2]))
    await under_test.publish(numbered(topic, 1, first=5))
    async with under_test.source(topic, group) as source:
        assert values(await collect(source, 1)) == [5]


async def test_a_new_group_has_nothing_to_replay_however_far_it_rewinds(under_test):
    topic = await under_test.topic()
    await under_test.publish(numbered(topic, 3))
    async with under_test.source(topic, under_test.group(), rewind_seconds=3600) as source:
        assert [record.is_replayed for record in await collect(source, 3)] == [False, False, False]


async def test_two_members_of_a_group_share_the_partitions_and_the_one_that_stays_takes_over(under_test):
    topic, group = await under_test.topic(), under_test.group()
    everything = set(range(PARTITIONS))
    async with under_test.source(topic, group) as staying:
        async with under_test.source(topic, group) as leaving, running(under_test.bus.sink()) as sink:
            shares = await _shares(topic, sink, [staying, leaving], lambda one, other: bool(one and other))
        assert shares[0] | shares[1] == everything
        assert not shares[0] & shares[1]
        async with running(under_test.bus.sink()) as sink:
            shares = await _shares(topic, sink, [staying], lambda only: only == everything)
        assert shares == [everything]


async def _shares(topic, sink, members, is_settled):
    """Publish rounds of one record a partition until the members' shares of one round are as expected; return those shares."""
    for round_number in range(60):
        await sink.publish([record for n in range(PARTITIONS) for record in numbered(topic, 1, first=round_number, partition=n)])
        shares = [set() for _ in members]
        for _ in range(3):
            for share, member in zip(shares, members, strict=True):
                polled = await member.poll(max_records=500, timeout_seconds=0.2)
                await member.commit(_after(polled))
                share |= {record.partition for record in polled if int(record.value) == round_number}
        if set.union(*shares) == set(range(PARTITIONS)) and is_settled(*shares):
            return shares
    raise AssertionError(f"the shares never settled: {shares}")


def _after(records):
    return {(record.topic, record.partition): record.offset + 1 for record in records}
