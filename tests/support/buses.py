"""
One bus under test, whichever it is: how to get topics and groups of a test's own on it, and how to read from it patiently.
"""

import time
from contextlib import asynccontextmanager

from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.settings import SharedSettings
from rollguard_schemas.codec import OutgoingRecord
from support.topics import create_topics, fresh_name

PARTITIONS = 4
_PATIENCE_SECONDS = 60.0
# The embedded broker does not notice that a member left: whoever comes next waits until the session has timed out.
_SESSION_TIMEOUT_MS = {"given": 10_000, "kafka": 10_000, "embedded": 2_500}


class BusUnderTest:
    """A bus, and the names that a test may use on it."""

    def __init__(self, broker=None):
        self._bootstrap = broker.bootstrap if broker else None
        if broker:
            self.bus = KafkaBus(
                SharedSettings(kafka=broker.bootstrap), client_id="contract", session_timeout_ms=_SESSION_TIMEOUT_MS[broker.kind]
            )
        else:
            self.bus = MemoryBus(partitions=PARTITIONS, now_ms=lambda: int(time.time() * 1000))

    async def topic(self) -> str:
        """Return a new, empty topic."""
        name = fresh_name("contract")
        if self._bootstrap:
            await create_topics(self._bootstrap, [name], partitions=PARTITIONS)
        return name

    def group(self) -> str:
        """Return a group that has committed nothing."""
        return fresh_name("contract-group")

    async def publish(self, records) -> None:
        """Publish through a sink of its own."""
        async with running(self.bus.sink()) as sink:
            await sink.publish(records)

    def source(self, topic, group, **options):
        """Return a source that is running within its block."""
        return running(self.bus.source([topic], group=group, **options))

    def follower(self, topic):
        """Return a follower that is running within its block."""
        return running(self.bus.follower([topic]))


@asynccontextmanager
async def running(end):
    """Start an end of a bus, and stop it however the block is left."""
    await end.start()
    try:
        yield end
    finally:
        await end.stop()


def numbered(topic, count, *, first=0, key=b"shop/a", partition=None):
    """Return records whose values are numbers."""
    numbers = range(first, first + count)
    return [OutgoingRecord(topic, key, b"%d" % number, partition=partition) for number in numbers]


async def collect(source, count):
    """Poll until so many records came, and once more to see that no others do."""
    records = []
    until = time.monotonic() + _PATIENCE_SECONDS
    while len(records) < count and time.monotonic() < until:
        records += await source.poll(max_records=500, timeout_seconds=0.5)
    return [*records, *await source.poll(max_records=500, timeout_seconds=0.2)]


def values(records):
    """Return the numbers in records."""
    return [int(record.value) for record in records]
