"""
A detector that lives several times on one bus: each life begins as a process does, and most end in the middle of something.

``Mortal`` stands between a service and its bus. It counts what the service asks of the broker, kills it at the chosen call, before
the broker heard of it or after, with half of a publication written; and it hands out polls of the sizes that a test wants.
"""

import asyncio
from itertools import cycle

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
        self.calls = 0

    def source(self, topics, **options):
        source = self._bus.source(topics, **options)
        poll, commit = source.poll, source.commit

        async def few(*, max_records, timeout_seconds):
            return await self._around(lambda: poll(max_records=next(self._sizes), timeout_seconds=timeout_seconds))

        async def committed(next_offsets):
            await self._around(lambda: commit(next_offsets))

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
        self.calls += 1
        if self._left is not None:
            self._left -= 1
        return self._left is not None and self._left < 0

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


def said_on(records):
    """Return what was said, by workload and in order, each once; a repetition that says anything else is a failure."""
    by_id, by_workload = {}, {}
    for record in records:
        event = codec.decode(SIGNALS, record.value, record.headers).event
        assert by_id.setdefault(event.id, event) == event
        by_workload.setdefault(event.workload, {})[event.id] = event
    return {workload: list(events.values()) for workload, events in by_workload.items()}
