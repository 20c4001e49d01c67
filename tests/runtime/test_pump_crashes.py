"""
At-least-once as a law: whenever a pump dies, what the next ones publish is what an undisturbed one would have published.
"""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.codec import OutgoingRecord
from support.pumps import STEPS, Echo, Journal, make_pump, pumped_until_idle, records_of


class Killed(BaseException):
    """A SIGKILL: nothing may catch it."""


class DiesAt:
    """A step that kills at its n-th call."""

    def __init__(self, calls):
        self._left = calls

    def __call__(self):
        self._left -= 1
        if self._left == 0:
            raise Killed


class TakesFew:
    """A bus whose polls are small, so that there are many moments to die at."""

    def __init__(self, bus, max_records):
        self._bus, self._max_records = bus, max_records

    def source(self, *topics, **options):
        source = self._bus.source(*topics, **options)
        poll = source.poll
        source.poll = lambda *, max_records, timeout_seconds: poll(
            max_records=min(max_records, self._max_records), timeout_seconds=timeout_seconds
        )
        return source

    def sink(self):
        return self._bus.sink()


deaths = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(min_value=1, max_value=4)), max_size=6)
inputs = st.lists(st.tuples(st.sampled_from([b"shop/a", b"shop/b", b"shop/c"]), st.sampled_from([b"", b"bad"])), max_size=20)


@given(inputs, deaths, st.integers(min_value=1, max_value=5))
def test_whenever_it_dies_nothing_is_lost_and_the_order_of_a_key_is_kept(contents, kills, max_records):
    bus = MemoryBus(partitions=2)
    expected = {b"shop/a": [], b"shop/b": [], b"shop/c": []}
    for number, (key, prefix) in enumerate(contents):
        bus.append(OutgoingRecord("in", key, prefix + b"%d" % number))
        if not prefix:
            expected[key].append(b"%d" % number)
    asyncio.run(_run_and_die(bus, max_records, kills))
    assert {key: _first_of_each(bus, key) for key in expected} == expected
    assert set(records_of(bus, "in-dlq")) == {b"bad%d" % n for n, (_, prefix) in enumerate(contents) if prefix}


async def _run_and_die(bus, max_records, kills):
    for step, at_call in kills:
        try:
            await pumped_until_idle(make_pump(TakesFew(bus, max_records), Echo(Journal()), **{step: DiesAt(at_call)}))
        except Killed:
            bus.members.clear()
    await pumped_until_idle(make_pump(TakesFew(bus, max_records), Echo(Journal())))


def _first_of_each(bus, key):
    """Return what was published for a key without the repetitions, in the order of its first appearance."""
    return list(dict.fromkeys(record.value for record in bus.records("out") if record.key == key))
