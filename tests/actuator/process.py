"""
An actuator as one process over a bus and a registry that outlive it, stepped by hand; it can be killed anywhere and started again.
"""

import asyncio

from actuator.registry import FakeDriver, Killed
from actuator.saying import NOW
from rollguard_actuator.shell.aftercare import Aftercare
from rollguard_actuator.shell.bookkeeping import keep_books
from rollguard_actuator.shell.decisions import Decisions
from rollguard_actuator.shell.fenced import without_end
from rollguard_actuator.shell.journal import FOLLOWED, Journal
from rollguard_actuator.shell.serve import GROUP
from rollguard_actuator.shell.watcher import Watcher
from rollguard_runtime.liveness import Progress
from rollguard_runtime.pump import Pump
from rollguard_schemas import codec
from rollguard_schemas.topics import BY_NAME, DECISIONS, OUTCOMES, TOPICS


class Clock:
    """The time, as a test wants it."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class MortalSink:
    """A sink whose process may end just before or just after an outcome reaches the broker."""

    def __init__(self, sink):
        self._sink = sink
        self.kill = None

    async def start(self):
        await self._sink.start()

    async def stop(self):
        await self._sink.stop()

    async def publish(self, records):
        kill = self.kill if any(record.topic == OUTCOMES.name for record in records) else None
        if kill:
            self.kill = None
        if kill == "before":
            raise Killed(kill)
        await self._sink.publish(records)
        if kill == "after":
            raise Killed(kill)


class Actuator:
    """One process."""

    def __init__(self, bus, registry, clock, driver=None, turn=without_end):
        self.bus, self.clock = bus, clock
        self.sink = MortalSink(bus.sink())
        self.driver = driver or FakeDriver(registry)
        self.journal = Journal(bus.follower([topic.name for topic in FOLLOWED]), self.sink)
        self.handler = Decisions(self.journal, self.driver, clock=clock, beat=lambda: None, turn=turn)
        self._turn = turn
        self.aftercare = Aftercare(self.journal, self.driver, clock=clock)
        self.watcher = Watcher(self.journal, self.driver, clock=clock, beat=lambda: None)
        self._source = bus.source([DECISIONS.name], group=GROUP)
        self._pump = Pump(
            name="decisions",
            service="actuator",
            source=self._source,
            sink=self.sink,
            handler=self.handler,
            progress=Progress(stalled_after_seconds=60),
            dead_letter_limit=10,
        )

    async def start(self):
        """Catch up and join the group."""
        await self.journal.start()
        await self._source.start()
        return self

    async def decide(self):
        """Handle what is on the decisions topic."""
        await self._pump.step(asyncio.Event())

    async def keep_books(self):
        """Read once and say what is due."""
        await keep_books(self.journal, self.clock, self._turn)

    async def care(self):
        """Look after what was done for a while."""
        await self.journal.refresh()
        await self.aftercare.care()

    async def look(self):
        """Look at every target once."""
        await self.watcher.look()

    async def die(self):
        """End without committing anything."""
        await self._source.stop()


def say(bus, *events):
    """Put events on the topics to which they belong, as their writers would."""
    for event in events:
        topic = next(topic for topic in TOPICS if type(event) in topic.events)
        bus.append(codec.encode(topic, event, source="/test"))


def said(bus, topic):
    """Return the events on a topic."""
    records = bus.records(topic if isinstance(topic, str) else topic.name)
    return [codec.decode(BY_NAME[record.topic], record.value, record.headers).event for record in records]
