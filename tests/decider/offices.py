"""
A decider's shell on the memory bus: everything but faust, which hands over the records and keeps the table.
"""

import asyncio

import msgspec

from rollguard_decider.core.state import WorkloadState
from rollguard_decider.settings import DeciderSettings
from rollguard_decider.shell.context import FOLLOWED, Context
from rollguard_decider.shell.counter import Counter
from rollguard_decider.shell.desk import Desk
from rollguard_decider.shell.publisher import Publisher
from rollguard_decider.shell.reconciler import Reconciler
from rollguard_decider.shell.timers import Timers
from rollguard_runtime.bus import Record
from rollguard_runtime.errors import Temporary
from rollguard_runtime.liveness import Progress
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.codec import OutgoingRecord, decode, encode
from rollguard_schemas.topics import BY_NAME, COMMANDS, DECISIONS, TOPICS


class Clock:
    """Time that a test sets."""

    def __init__(self):
        self.now = 1_800_000_060.0

    def __call__(self):
        return self.now


class FlakySink:
    """A broker that does not answer a number of times, and then does."""

    def __init__(self, sink, failures):
        self._sink, self.failures = sink, failures

    async def publish(self, records):
        if self.failures:
            self.failures -= 1
            raise Temporary("not now", retry_after_seconds=0.001)
        await self._sink.publish(records)


class Office:
    """One decider process; a second one on the same bus is the process after it."""

    def __init__(self, bus=None, *, table=None, sink=None, dead_letter_limit=5, settings=None, orders=None):
        self.clock = Clock()
        self.bus = bus or MemoryBus(now_ms=lambda: int(self.clock.now * 1000))
        self.table = {} if table is None else table
        self.context = Context(
            self.bus.follower(FOLLOWED), Progress(stalled_after_seconds=60, clock=self.clock), orders=orders, clock=self.clock
        )
        self.publisher = Publisher(sink or self.bus.sink(), dead_letter_limit=dead_letter_limit)
        self.desk = Desk(self.publisher, self.context)
        self.reconciler = Reconciler(settings or DeciderSettings(), self.context, self.publisher, self.was_read, clock=self.clock)
        self.counter = Counter(self.context.orders.waiting, self.desk, self.owns, clock=self.clock)
        self.timers = Timers(self.context, self.desk, self.owns, clock=self.clock)
        self.unread, self.not_owned = set(), set()

    async def was_read(self, record):
        return (record.partition, record.offset) not in self.unread

    def owns(self, record):
        return record.topic not in self.not_owned

    def put(self, *events):
        """Append events to their topics; return the last record."""
        for event in events:
            topic = next(topic for topic in TOPICS if type(event) in topic.events)
            record = self.put_raw(encode(topic, event, source="/test"))
        return record

    def put_raw(self, outgoing: OutgoingRecord) -> Record:
        self.bus.append(outgoing)
        return next(one for one in reversed(self.bus.records(outgoing.topic)) if one.value == outgoing.value)

    async def take(self, *events):
        """Append events, and let the desk take them."""
        for event in events:
            await self.desk.take(self.put(event), self.table)

    async def take_fleet(self, command):
        """Send a command to the whole fleet, as its sender does: once to every partition."""
        for partition in range(self.bus.partitions):
            outgoing = encode(COMMANDS, command, source="/test")
            self.bus.append(OutgoingRecord(outgoing.topic, outgoing.key, outgoing.value, outgoing.headers, partition=partition))
            await self.desk.take(self.bus.logs[COMMANDS.name, partition][-1], self.table)

    async def take_raw(self, topic, value, key=b"shop/fraud-scorer"):
        await self.desk.take(self.put_raw(OutgoingRecord(topic, key, value)), self.table)

    def decisions(self):
        return [decode(DECISIONS, one.value, one.headers).event for one in self.bus.records(DECISIONS.name)]

    def dead_letters(self, topic):
        return self.bus.records(BY_NAME[topic].dead_letter_name)

    def known(self, workload="shop/fraud-scorer"):
        return msgspec.json.decode(self.table[workload.encode()], type=WorkloadState)


async def soon(condition):
    """Return once a condition holds; the test's own timeout is the limit."""
    while not condition():  # noqa: ASYNC110  # nobody sets an event for a test
        await asyncio.sleep(0.001)
