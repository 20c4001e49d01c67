"""
The pump on the bus in memory: in which order it works, and what it does with what goes wrong.
"""

import asyncio

import pytest

from rollguard_runtime.errors import FloodOfDeadLetters, Permanent, Temporary
from rollguard_runtime.liveness import Progress
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.codec import OutgoingRecord
from support.pumps import Echo, Flaky, Journal, make_pump, pumped_until_idle, records_of


def bus_with(*contents):
    bus = MemoryBus(partitions=1, now_ms=lambda: 1_700_000_000_000)
    for content in contents:
        bus.append(OutgoingRecord("in", b"shop/a", content, (("traceparent", b"00-x"),)))
    return bus


async def test_it_polls_handles_publishes_and_commits_in_that_order():
    journal = Journal()
    await pumped_until_idle(make_pump(bus_with(b"1", b"2"), Echo(journal), journal=journal))
    assert journal.entries[:4] == ["poll", "handle 1 2", "publish 1 2", "commit 2"]


async def test_a_batch_whose_results_are_nothing_is_committed_all_the_same():
    journal = Journal()
    bus = bus_with(b"1")
    await pumped_until_idle(make_pump(bus, Echo(journal, is_silent=True), journal=journal))
    assert bus.committed["group"] == {("in", 0): 1}
    assert records_of(bus, "out") == []


async def test_what_is_temporary_is_offered_again_with_the_same_batch():
    journal = Journal()
    bus = bus_with(b"1", b"2")
    handler = Echo(journal, failures=[Temporary("not yet", retry_after_seconds=0.001)] * 2)
    await pumped_until_idle(make_pump(bus, handler, journal=journal))
    assert journal.entries[:5] == ["poll", "handle 1 2", "handle 1 2", "handle 1 2", "publish 1 2"]
    assert records_of(bus, "out") == [b"1", b"2"]
    assert records_of(bus, "in-dlq") == []


async def test_a_sink_that_does_not_answer_is_asked_again_before_anything_is_committed():
    journal = Journal()
    bus = bus_with(b"1")
    pump = make_pump(bus, Echo(journal), journal=journal, publish=Flaky([Temporary("broker away", retry_after_seconds=0.001)]))
    await pumped_until_idle(pump)
    assert journal.entries[:5] == ["poll", "handle 1", "publish 1", "publish 1", "commit 1"]


async def test_a_pump_that_is_stopped_while_it_waits_commits_nothing():
    journal = Journal()
    bus = bus_with(b"1")
    handler = Echo(journal, failures=[Temporary("never", retry_after_seconds=60)] * 9)
    pump = make_pump(bus, handler, journal=journal)
    stop = asyncio.Event()
    running = asyncio.ensure_future(pump.run(stop))
    await handler.fails.called.wait()
    stop.set()
    await running
    assert bus.committed["group"] == {}
    assert records_of(bus, "out") == []


async def test_a_record_that_cannot_be_read_is_dead_lettered_and_the_rest_goes_on():
    bus = bus_with(b"1", b"bad", b"2")
    await pumped_until_idle(make_pump(bus, Echo(Journal())))
    assert records_of(bus, "out") == [b"1", b"2"]
    assert bus.committed["group"] == {("in", 0): 3}
    (letter,) = bus.records("in-dlq")
    assert (letter.key, letter.value) == (b"shop/a", b"bad")


async def test_a_dead_letter_says_where_it_lay_and_why_it_could_not_be_read():
    bus = bus_with(b"1", b"bad")
    await pumped_until_idle(make_pump(bus, Echo(Journal())))
    headers = dict(bus.records("in-dlq")[0].headers)
    assert headers == {
        "traceparent": b"00-x",
        "__connect.errors.topic": b"in",
        "__connect.errors.partition": b"0",
        "__connect.errors.offset": b"1",
        "__connect.errors.connector.name": b"tester",
        "__connect.errors.stage": b"read",
        "__connect.errors.class.name": b"not-json",
        "__connect.errors.exception.message": b"bad is no number",
        "rollguard.timestamp-ms": b"1700000000000",
    }


@pytest.mark.parametrize("error", [ZeroDivisionError("ours"), Permanent("never")])
async def test_a_record_that_breaks_the_handler_is_found_and_dead_lettered_alone(error):
    bus = bus_with(b"1", b"2", b"3")
    await pumped_until_idle(make_pump(bus, Echo(Journal(), poison={b"2": error})))
    assert records_of(bus, "out") == [b"1", b"3"]
    (letter,) = bus.records("in-dlq")
    assert letter.value == b"2"
    assert dict(letter.headers)["__connect.errors.stage"] == b"handle"
    assert dict(letter.headers)["__connect.errors.exception.message"] == repr(error).encode()
    assert bus.committed["group"] == {("in", 0): 3}


async def test_a_flood_of_unreadable_records_stops_before_anything_is_published_or_committed():
    bus = bus_with(*[b"bad"] * 4)
    with pytest.raises(FloodOfDeadLetters, match="rollguard dlq list"):
        await pumped_until_idle(make_pump(bus, Echo(Journal()), dead_letter_limit=3))
    assert bus.committed["group"] == {}
    assert records_of(bus, "in-dlq") == []


async def test_a_handler_that_breaks_on_everything_stops_instead_of_draining_the_topic():
    bus = bus_with(b"1", b"2", b"3", b"4")
    poison = {b"%d" % number: RuntimeError("bad deployment") for number in range(1, 5)}
    with pytest.raises(FloodOfDeadLetters):
        await pumped_until_idle(make_pump(bus, Echo(Journal(), poison=poison), dead_letter_limit=3))
    assert bus.committed["group"] == {}
    assert records_of(bus, "in-dlq") == []


async def test_unreadable_records_with_good_ones_between_are_no_flood():
    bus = bus_with(*[b"bad", b"1"] * 6)
    await pumped_until_idle(make_pump(bus, Echo(Journal()), dead_letter_limit=3))
    assert len(records_of(bus, "in-dlq")) == 6


async def test_a_replayed_record_that_cannot_be_read_is_not_dead_lettered_twice():
    bus = bus_with(b"1", b"bad")
    await pumped_until_idle(make_pump(bus, Echo(Journal())))
    await pumped_until_idle(make_pump(bus, Echo(Journal()), rewind_seconds=3600))
    assert len(records_of(bus, "in-dlq")) == 1


async def test_waiting_for_something_that_is_away_is_neither_ready_nor_stalled():
    now = [0.0]
    progress = Progress(stalled_after_seconds=10.0, clock=lambda: now[0])
    start = Flaky([Temporary("no broker", retry_after_seconds=60)] * 9)
    pump = make_pump(bus_with(b"1"), Echo(Journal()), progress=progress, start=start)
    stop = asyncio.Event()
    running = asyncio.ensure_future(pump.run(stop))
    await start.called.wait()
    now[0] = 9.0
    await asyncio.sleep(0)
    assert progress.complaint() is None
    assert not progress.is_ready()
    stop.set()
    await running
