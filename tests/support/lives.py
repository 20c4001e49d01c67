"""
A detector that lives several times on one bus: each life begins as a process does, and most end in the middle of something.

``Mortal`` stands between a service and its bus. It counts what the service asks of the broker, kills it at the chosen call, before
the broker heard of it or after, with half of a publication written; and it hands out polls of the sizes that a test wants.
"""

import asyncio
from itertools import cycle

import msgspec

from rollguard_detector.inputs.by_content_type import ByContentType
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell.serving import GROUP, Reading, serve
from rollguard_runtime.service import Process
from rollguard_schemas import codec
from rollguard_schemas.topics import METRICS, SIGNALS


class Killed(BaseException):
    """A SIGKILL: nothing may catch it."""


class Mortal:
    """A bus that kills at the n-th call; never, where no n is given."""

    def __init__(self, bus, *, dies_at=None, poll_sizes=(500,)):
        self._bus, self._left, self._sizes = bus, dies_at, cycle(poll_sizes)
        self.committed = {}
        self.is_dead = False

    def source(self, topics, **options):
        source = self._bus.source(topics, **options)
        poll, commit = source.poll, source.commit

        async def few(*, max_records, timeout_seconds):
            return await self._around(lambda: poll(max_records=next(self._sizes), timeout_seconds=timeout_seconds))

        async def committed(next_offsets):
            self._end_if_over()
            await commit(next_offsets)
            self.committed.update(next_offsets)
            self._end_if_over()

        source.poll, source.commit = few, committed
        return source

    def sink(self):
        sink = self._bus.sink()
        publish = sink.publish

        async def published(records):
            if self._is_over():
                await publish(records[: len(records) // 2])
                raise Killed
            await publish(records)
            self._end_if_over()

        sink.publish = published
        return sink

    def follower(self, topics, partitions=None):
        return self._bus.follower(topics, partitions)

    async def partition_counts(self, topics):
        return await self._bus.partition_counts(topics)

    async def _around(self, call):
        self._end_if_over()
        result = await call()
        self._end_if_over()
        return result

    def _is_over(self):
        if self._left is not None:
            self._left -= 1
        self.is_dead = self.is_dead or (self._left is not None and self._left < 0)
        return self.is_dead

    def _end_if_over(self):
        if self._is_over():
            raise Killed


async def live(bus, is_over, *, ends_orderly=True, digest="", **asked):
    """Run a detector until ``is_over`` says so, or the bus kills it; then stop it, or drop it in the middle."""
    settings = DetectorSettings(**{"snapshot_seconds": 0.0, **asked})
    process = Process("detector", settings, bus)
    serving = asyncio.ensure_future(serve(settings, process, ByContentType("own-json"), reading=Reading(digest=digest)))
    try:
        await process.sink.start()
        while not (serving.done() or await is_over()):
            pass
        if serving.done() or ends_orderly:
            process.stop.set()
            await serving
    except Killed:
        return
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await process.sink.stop()


def has_read_all(bus):
    """Return what tells that the group of a memory bus committed everything."""

    async def is_over():
        await asyncio.sleep(0.001)
        committed = bus.committed[GROUP]
        return all(committed.get((METRICS.name, n), 0) == len(bus.logs[METRICS.name, n]) for n in range(bus.partitions))

    return is_over


class Apart:
    """A broker's bus on which every topic and group bears a suffix of a test's own."""

    def __init__(self, bus, suffix):
        self._bus, self._suffix = bus, suffix

    def named(self, topic):
        return topic + self._suffix

    def source(self, topics, *, group, holder=None, **options):
        named = [self.named(topic) for topic in topics]
        source = self._bus.source(named, group=self.named(group), holder=holder and _HolderApart(holder, self), **options)
        poll, commit = source.poll, source.commit

        async def ours(**how):
            return [self.back(record) for record in await poll(**how)]

        async def committed(next_offsets):
            await commit({(self.named(topic), number): offset for (topic, number), offset in next_offsets.items()})

        source.poll, source.commit = ours, committed
        return source

    def sink(self):
        sink = self._bus.sink()
        publish = sink.publish

        async def published(records):
            await publish([msgspec.structs.replace(record, topic=self.named(record.topic)) for record in records])

        sink.publish = published
        return sink

    def follower(self, topics, partitions=None):
        follower = self._bus.follower([self.named(topic) for topic in topics], partitions)
        poll, catching_up = follower.poll, follower.catching_up

        async def ours(**how):
            return [self.back(record) for record in await poll(**how)]

        async def caught_up():
            async for records in catching_up():
                yield [self.back(record) for record in records]

        async def catch_up():
            return [record async for records in caught_up() for record in records]

        follower.poll, follower.catching_up, follower.catch_up = ours, caught_up, catch_up
        return follower

    async def partition_counts(self, topics):
        counts = await self._bus.partition_counts([self.named(topic) for topic in topics])
        return {topic.removesuffix(self._suffix): count for topic, count in counts.items()}

    def back(self, record):
        return msgspec.structs.replace(record, topic=record.topic.removesuffix(self._suffix))


class _HolderApart:
    def __init__(self, holder, apart):
        self._holder, self._apart = holder, apart

    async def release(self, partitions):
        await self._holder.release([(topic.removesuffix(self._apart.named("")), n) for topic, n in partitions])

    async def take(self, partitions):
        ours = {(topic.removesuffix(self._apart.named("")), n): reached for (topic, n), reached in partitions.items()}
        return {(self._apart.named(topic), n): start for (topic, n), start in (await self._holder.take(ours)).items()}


def said_on(records):
    """Return what was said, by workload and in order, each once; a repetition that says anything else is a failure."""
    by_id, by_workload = {}, {}
    for record in records:
        event = codec.decode(SIGNALS, record.value, record.headers).event
        assert by_id.setdefault(event.id, event) == event
        by_workload.setdefault(event.workload, {})[event.id] = event
    return {workload: list(events.values()) for workload, events in by_workload.items()}
