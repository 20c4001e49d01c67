"""
A pump on the bus in memory whose every step is noted and can be made to fail.
"""

import asyncio

from rollguard_runtime.liveness import Progress
from rollguard_runtime.pump import Pump, Received
from rollguard_schemas.codec import Malformed, OutgoingRecord


class Journal:
    """What happened, in order."""

    def __init__(self):
        self.entries = []

    def note(self, what, contents=()):
        self.entries.append(" ".join([what, *(content.decode() for content in contents)]))


class Flaky:
    """Raises the errors that it was given, one a call, then nothing more."""

    def __init__(self, errors=()):
        self._errors = list(errors)
        self.called = asyncio.Event()

    def __call__(self):
        self.called.set()
        if self._errors:
            raise self._errors.pop(0)


class Echo:
    """Publishes what it reads; ``bad`` cannot be read, poison breaks it, and failures come before all else."""

    def __init__(self, journal, *, failures=(), poison=None, is_silent=False):
        self._journal, self._poison, self._is_silent = journal, poison or {}, is_silent
        self.fails = Flaky(failures)

    def read(self, record):
        if not record.value.isdigit():
            raise Malformed("not-json", f"{record.value.decode()} is no number")
        return Received(record, record.value)

    async def handle(self, batch):
        self._journal.note("handle", [received.event for received in batch])
        self.fails()
        for received in batch:
            if received.event in self._poison:
                raise self._poison[received.event]
        return [] if self._is_silent else [OutgoingRecord("out", r.record.key, r.event) for r in batch]


class _Source:
    def __init__(self, inner, journal, steps):
        self._inner, self._journal, self._steps = inner, journal, steps

    async def start(self):
        self._steps["start"]()
        await self._inner.start()

    async def poll(self, **options):
        self._journal.note("poll")
        self._steps["poll"]()
        return await self._inner.poll(**options)

    async def commit(self, next_offsets):
        self._journal.note("commit", [b"%d" % offset for offset in next_offsets.values()])
        self._steps["commit"]()
        await self._inner.commit(next_offsets)
        self._steps["committed"]()

    async def lag(self):
        return await self._inner.lag()

    async def stop(self):
        await self._inner.stop()


class _Sink:
    def __init__(self, inner, journal, steps):
        self._inner, self._journal, self._steps = inner, journal, steps

    async def publish(self, records):
        self._journal.note("publish", [record.value for record in records])
        self._steps["publish"]()
        await self._inner.publish(records)
        self._steps["published"]()


STEPS = ("start", "poll", "publish", "published", "commit", "committed")


def make_pump(bus, handler, *, journal=None, progress=None, dead_letter_limit=100, rewind_seconds=0.0, **steps):
    """Return a pump from ``in``; a step that is named is called at that step, and may raise."""
    journal = journal or Journal()
    steps = {name: steps.get(name, Flaky()) for name in STEPS}
    return Pump(
        name="tested",
        service="tester",
        source=_Source(bus.source(["in"], group="group", rewind_seconds=rewind_seconds), journal, steps),
        sink=_Sink(bus.sink(), journal, steps),
        handler=handler,
        progress=progress or Progress(stalled_after_seconds=60.0),
        dead_letter_limit=dead_letter_limit,
    )


async def pumped_until_idle(pump):
    """Run a pump until a poll brings nothing."""
    stop = asyncio.Event()
    step = pump.step

    async def step_and_look(event):
        if await step(event) == 0:
            stop.set()
        return 0

    pump.step = step_and_look
    await pump.run(stop)


def records_of(bus, topic):
    """Return the values on a topic."""
    return [record.value for record in bus.records(topic)]
