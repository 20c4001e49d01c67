"""
The handler of metric records: read, observe, say.

A replayed record is observed in silence, since what it led to was said before. The detector's state cannot be taken back, so a
record is observed once even when its batch is offered again: what it led to is kept until the batch is through, or a fault in one
record would lose the signals of those before it.
"""

import asyncio
from collections.abc import Sequence

from rollguard_detector.core.detector import Detector, Observation
from rollguard_detector.core.learned import Learned
from rollguard_detector.core.ports import DecodedPoints, InputCodec, Origin
from rollguard_detector.core.standing import Standing
from rollguard_detector.shell import metrics
from rollguard_detector.shell.replay import Replay
from rollguard_runtime import logs, tracing
from rollguard_runtime.bus import Record
from rollguard_runtime.pump import Received
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.signals import AnomalyOpened, BreachForecast, Signal
from rollguard_schemas.topics import SIGNALS

SOURCE = "/rollguard/detector"
_Position = tuple[str, int, int]
log = logs.get("handler")


class MetricsHandler:
    """Feeds the detector and publishes what it concludes."""

    def __init__(
        self, detector: Detector, input_codec: InputCodec, *, learned: Learned | None = None, standing: Standing | None = None
    ) -> None:
        self._detector, self._input_codec = detector, input_codec
        self._learned, self._standing = learned or Learned(), standing or Standing()
        self._replay = Replay()
        self._said: dict[_Position, list[OutgoingRecord]] = {}
        self._has_refused = False

    def read(self, record: Record) -> Received:
        """Decode a record; raises ``Malformed``."""
        decoded = self._input_codec.decode(record.value, record.headers, Origin(record.topic, record.seconds))
        return Received(record, decoded, decoded.traceparent)

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Observe every point of a batch; return the signals of records that are new."""
        self._replay.note([received.record for received in batch])
        for received in batch:
            position = _position(received.record)
            if position not in self._said:
                self._said[position] = self._observe(received)
                await asyncio.sleep(0)  # a poll of large batches takes long, and the group expects heartbeats meanwhile
        metrics.SERIES.set(self._detector.series_count)
        return [outgoing for received in batch for outgoing in self._said.pop(_position(received.record), [])]

    def _observe(self, received: Received) -> list[OutgoingRecord]:
        decoded: DecodedPoints = received.event
        for reason, count in decoded.skipped.items():
            metrics.SKIPPED.labels(reason).inc(count)
        metrics.POINTS.inc(len(decoded.points) + sum(decoded.skipped.values()))
        said = [signal for point in decoded.points for signal in self._observe_point(point, received.record)]
        return [_outgoing(signal, received.traceparent) for signal in said]

    def _observe_point(self, point: MetricPoint, record: Record) -> list[Signal]:
        """Return what is to be said because of a point; before the first live one of a workload, what history left open."""
        if self._learned.covers(point):
            metrics.SKIPPED.labels("late").inc()
            return []
        observation = self._detector.observe(point, received_at_seconds=record.seconds)
        self._note_skip(point, observation)
        if record.is_replayed:
            self._standing.forget(point.workload)
            return []
        return [*self._standing.say(point.workload), *observation.signals]

    def _note_skip(self, point: MetricPoint, observation: Observation) -> None:
        if observation.skipped is None:
            return
        metrics.SKIPPED.labels(observation.skipped).inc()
        if observation.skipped == "series-ceiling" and not self._has_refused:
            self._has_refused = True  # once: a flood of labels must not become a flood of lines
            log.error(
                "too many series: new ones are refused; raise ROLLGUARD_DETECTOR_MAX_SERIES or drop labels",
                series=self._detector.series_count,
                first_refused=point.metric,
                workload=point.workload,
            )


def _position(record: Record) -> _Position:
    return record.topic, record.partition, record.offset


def _outgoing(signal: Signal, parent: str | None) -> OutgoingRecord:
    if isinstance(signal, AnomalyOpened):
        metrics.ANOMALIES.labels(signal.severity).inc()
    if isinstance(signal, BreachForecast):
        metrics.FORECASTS.inc()
    log.info("signal", type=type(signal).__name__, id=signal.id, workload=signal.workload, because=signal.evidence.summary)
    return codec.encode(SIGNALS, signal, source=SOURCE, traceparent=tracing.child_of(parent, signal.id))
