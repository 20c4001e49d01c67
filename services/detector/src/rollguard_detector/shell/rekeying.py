"""
The re-key stage: points that came without a key, or with one that splits a workload, are brought to one partition a workload.

It is a process of its own with a group of its own, in front of the detector, for producers that cannot be taught a key; others skip
it. What a poll brought of a workload is put into the order of its event times, since partitions are polled as they come; what is
published twice after a death is late the second time, and moves nothing. It judges nothing and keeps nothing.
"""

from collections.abc import Iterator, Sequence

from rollguard_detector.core.ports import InputCodec, Origin
from rollguard_detector.core.revision_book import RevisionBook
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell import metrics
from rollguard_detector.shell.context import Context
from rollguard_runtime.bus import Record
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
    """Points by workload, in batches."""

    def __init__(self, input_codec: InputCodec) -> None:
        self._input_codec = input_codec

    def read(self, record: Record) -> Received:
        """Decode a record; raises ``Malformed``."""
        decoded = self._input_codec.decode(record.value, record.headers, Origin(record.topic, record.seconds))
        return Received(record, decoded, decoded.traceparent)

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Return the points again, each workload's under its own key and in the order of their times."""
        by_workload: dict[str, list[MetricPoint]] = {}
        for received in batch:
            for reason, count in received.event.skipped.items():
                metrics.SKIPPED.labels(reason).inc(count)
            for point in received.event.points:
                by_workload.setdefault(point.workload, []).append(point)
        return [record for points in by_workload.values() for record in _records(points)]


def _records(points: list[MetricPoint]) -> Iterator[OutgoingRecord]:
    points.sort(key=lambda point: point.time_unix_seconds)
    for first in range(0, len(points), _POINTS_A_RECORD):
        said = codec.encode(METRICS, MetricBatch(points=tuple(points[first : first + _POINTS_A_RECORD])), source=_SOURCE)
        yield OutgoingRecord(METRICS_KEYED.name, said.key, said.value, said.headers)


class _Nobody:
    """Is told of policies and rollouts, and does nothing; who needs them is the book of revisions."""

    def take_policy(self, workload: str, policy: RollbackPolicy | None) -> None:
        """Do nothing."""

    def take_rollout(self, event: Rollout) -> None:
        """Do nothing."""


async def serve_rekeying(
    settings: DetectorSettings, process: Process, input_codec: InputCodec, topics: Sequence[str], book: RevisionBook
) -> None:
    """Run the stage on a started process until it is told to stop."""
    context = Context(process.bus, _Nobody(), process.progress, book)
    pump = Pump(
        name=LOOP,
        service="detector",
        source=process.bus.source(topics, group=GROUP),
        sink=process.sink,
        handler=RekeyHandler(input_codec),
        progress=process.progress,
        dead_letter_limit=settings.dead_letter_limit,
    )
    await context.catch_up(process.stop)
    await process.run_together(pump.run(process.stop), context.run(process.stop))
