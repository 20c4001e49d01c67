"""
The re-key stage: points that came without a key, or with one that splits a workload, are brought to one partition a workload.

It is a process of its own with a group of its own, in front of the detector, for producers that cannot be taught a key; others skip
it. Partitions are polled as they come, so a point waits until its topic's watermark has passed it, and goes on in the order of the
event times. What waits is not committed: whoever is killed reads it again, and what is published twice is late the second time, and
moves nothing. It judges nothing and keeps nothing.
"""

import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from rollguard_detector.core.ports import InputCodec, Origin
from rollguard_detector.core.reordering import Reordering
from rollguard_detector.core.revision_book import RevisionBook
from rollguard_detector.core.watermarks import Watermarks
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell import metrics
from rollguard_detector.shell.context import Context
from rollguard_detector.shell.held_source import HeldSource
from rollguard_runtime.bus import Partition, Reached, Record
from rollguard_runtime.pump import Pump, Received
from rollguard_runtime.service import Process
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.metrics import MetricBatch, MetricPoint
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.topics import METRICS, METRICS_KEYED

GROUP = "rollguard-detector-rekey"
LOOP = "rekey"
_SOURCE = "/rollguard/detector/rekey"
_POINTS_A_RECORD = 500


class RekeyHandler:
    """
    Points by workload, in batches and in the order of their times.

    It hears of partitions that come and go, and of polls that brought nothing, in which a partition may have become idle.
    """

    def __init__(
        self, input_codec: InputCodec, watermarks: Watermarks, reordering: Reordering, clock: Callable[[], float] = time.time
    ) -> None:
        self._input_codec, self._clock = input_codec, clock
        self._watermarks, self._reordering = watermarks, reordering
        self._reached: dict[Partition, int] = {}
        metrics.WATERMARK_AGE.set_function(lambda: watermarks.age_seconds(clock()))

    def read(self, record: Record) -> Received:
        """Decode a record; raises ``Malformed``."""
        decoded = self._input_codec.decode(record.value, record.headers, Origin(record.topic, record.seconds))
        return Received(record, decoded, decoded.traceparent)

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Take a poll in; return what is complete by now, each workload's points under its own key."""
        now = self._clock()
        complete = {topic: self._watermarks.of(topic, now) for topic in {received.record.topic for received in batch}}
        late = [point for received in batch for point in self._take(received, complete[received.record.topic], now)]
        metrics.REKEY_LATE.inc(len(late))
        return [*_records(late), *self.due()]

    def _take(self, received: Received, complete: float, now: float) -> list[MetricPoint]:
        """Let the points of a record wait; return those that came behind what was complete before this poll."""
        for reason, count in received.event.skipped.items():
            metrics.SKIPPED.labels(reason).inc(count)
        points = received.event.points
        source = (received.record.topic, received.record.partition)
        is_late = [point.time_unix_seconds < complete < math.inf for point in points]
        self._reordering.hold(
            source, received.record.offset, [point for point, late in zip(points, is_late, strict=True) if not late]
        )
        if points:
            self._watermarks.hear(source, max(point.time_unix_seconds for point in points), now)
        return [point for point, late in zip(points, is_late, strict=True) if late]

    def due(self) -> list[OutgoingRecord]:
        """Return what waits no more, and say how much does."""
        now, ready = self._clock(), self._reordering.too_many()
        for topic in self._reordering.topics():
            ready += self._reordering.before(topic, self._watermarks.of(topic, now))
        metrics.REKEY_WAITING.set(len(self._reordering))
        return list(_records(ready))

    def floors(self, next_offsets: Mapping[Partition, int]) -> dict[Partition, int]:
        """Note that partitions were read up to these offsets; return how far each that is read may be committed."""
        self._reached.update(next_offsets)
        return {partition: self._reordering.floor(partition, offset) for partition, offset in self._reached.items()}

    async def release(self, partitions: Collection[Partition]) -> None:
        """Let go of partitions: who reads them now begins with what waits here."""
        self._reordering.forget(partitions)
        for partition in partitions:
            self._watermarks.release(partition)
            self._reached.pop(partition, None)

    async def take(self, partitions: Mapping[Partition, Reached]) -> Mapping[Partition, int]:
        """Read partitions from where they were committed."""
        for partition in partitions:
            self._watermarks.take(partition, self._clock())
        return {partition: reached.rewound for partition, reached in partitions.items()}


def _records(points: Iterable[MetricPoint]) -> Iterator[OutgoingRecord]:
    by_workload: dict[str, list[MetricPoint]] = {}
    for point in points:
        by_workload.setdefault(point.workload, []).append(point)
    for several in by_workload.values():
        for first in range(0, len(several), _POINTS_A_RECORD):
            batch = MetricBatch(points=tuple(several[first : first + _POINTS_A_RECORD]))
            said = codec.encode(METRICS, batch, source=_SOURCE)
            yield OutgoingRecord(METRICS_KEYED.name, said.key, said.value, said.headers)


class _Nobody:
    """Is told of policies and rollouts, and does nothing; who needs them is the book of revisions."""

    def take_policy(self, workload: str, policy: RollbackPolicy | None) -> None:
        """Do nothing."""

    def take_rollout(self, event: Rollout) -> None:
        """Do nothing."""


async def serve_rekeying(
    settings: DetectorSettings,
    process: Process,
    input_codec: InputCodec,
    topics: Sequence[str],
    book: RevisionBook,
    *,
    clock: Callable[[], float] = time.time,
) -> None:
    """Run the stage on a started process until it is told to stop."""
    context = Context(process.bus, _Nobody(), process.progress, book)
    watermarks = Watermarks(lateness_seconds=settings.rekey_lateness_seconds, idle_seconds=settings.rekey_idle_seconds)
    handler = RekeyHandler(input_codec, watermarks, Reordering(most_points=settings.rekey_max_waiting), clock)
    source = HeldSource(process.bus.source(topics, group=GROUP, holder=handler), handler, process.sink)
    pump = Pump(
        name=LOOP,
        service="detector",
        source=source,
        sink=process.sink,
        handler=handler,
        progress=process.progress,
        dead_letter_limit=settings.dead_letter_limit,
        keeper=source,
    )
    await context.catch_up(process.stop)
    await process.run_together(pump.run(process.stop), context.run(process.stop))
