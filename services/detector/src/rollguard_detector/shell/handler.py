"""
The handler of metric records: read, observe, say.

A poll is observed in few steps. A replayed record is observed in silence, since what it led to was said before. The detector's
state cannot be taken back, so a record is observed once even when its batch is offered again: what it led to is kept until the
batch is through, or a fault in one record would lose the signals of those before it.
"""

import asyncio
from collections.abc import Iterator, Sequence

from rollguard_detector.core.detector import Arrival, Detector, Observation
from rollguard_detector.core.learned import Learned
from rollguard_detector.core.ports import DecodedPoints, InputCodec, Origin
from rollguard_detector.core.standing import Standing
from rollguard_detector.shell import metrics
from rollguard_detector.shell.replay import Replay
from rollguard_detector.shell.state.homes import Homes
from rollguard_runtime import logs, tracing
from rollguard_runtime.bus import Record
from rollguard_runtime.pump import Received
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.signals import AnomalyOpened, BreachForecast, Signal
from rollguard_schemas.topics import SIGNALS

SOURCE = "/rollguard/detector"
_POINTS_A_STEP = 10_000
_Position = tuple[str, int, int]
log = logs.get("handler")


class MetricsHandler:
    """Feeds the detector and publishes what it concludes."""

    def __init__(  # what it connects
        self,
        detector: Detector,
        input_codec: InputCodec,
        *,
        learned: Learned | None = None,
        standing: Standing | None = None,
        homes: Homes | None = None,
    ) -> None:
        self._detector, self._input_codec = detector, input_codec
        self._homes = homes
        self._learned, self._standing = learned or Learned(), standing or Standing()
        self._replay = Replay()
        self._said: dict[_Position, list[OutgoingRecord]] = {}
        self._faults: dict[_Position, Exception] = {}
        self._has_refused = False

    def read(self, record: Record) -> Received:
        """Decode a record; raises ``Malformed``."""
        decoded = self._input_codec.decode(record.value, record.headers, Origin(record.topic, record.seconds))
        return Received(record, decoded, decoded.traceparent)

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Observe every point of a batch; return the signals of records that are new."""
        self._replay.note([received.record for received in batch])
        fresh = [received for received in batch if _position(received.record) not in self._said]
        if self._homes is not None:
            self._homes.hear(fresh)
        for chunk in _chunks(fresh):
            self._observe(chunk)
            await asyncio.sleep(0)  # a poll of large batches takes long, and the group expects heartbeats meanwhile
        metrics.SERIES.set(self._detector.series_count)
        metrics.WARMING.set(self._detector.warming_count)
        metrics.show_reliability(self._detector.reliability())
        self._raise_faults(batch)
        return [outgoing for received in batch for outgoing in self._said.pop(_position(received.record), [])]

    def _observe(self, chunk: Sequence[Received]) -> None:
        """Observe the points of several records in one step, and keep what each record led to."""
        for received in chunk:
            self._count(received.event)
            self._said[_position(received.record)] = []
        fresh = [(received, point) for received in chunk for point in received.event.points or (None,) if not self._is_late(point)]
        seen = self._detector.observe_many([_arrival(received.record, point) for received, point in fresh])
        for (received, point), observation in zip(fresh, seen, strict=True):
            if point is not None:
                self._note(received, point.workload, observation)

    def _count(self, decoded: DecodedPoints) -> None:
        for reason, count in decoded.skipped.items():
            metrics.SKIPPED.labels(reason).inc(count)
        metrics.POINTS.inc(len(decoded.points) + sum(decoded.skipped.values()))

    def _is_late(self, point: MetricPoint | None) -> bool:
        """Whether history taught this point already."""
        is_late = point is not None and self._learned.covers(point)
        if is_late:
            metrics.SKIPPED.labels("late").inc()
        return is_late

    def _note(self, received: Received, workload: str, observation: Observation) -> None:
        """Keep what is to be said because of a point; before the first live one of a workload, what history left open."""
        position = _position(received.record)
        if observation.fault is not None:
            self._faults[position] = observation.fault
        if observation.skipped is not None and not received.record.is_replayed:  # else late is what a snapshot knows
            self._note_skip(received, observation.skipped)
        if received.record.is_replayed:
            self._standing.forget(workload)
            return
        said = [*self._standing.say(workload), *observation.signals]
        self._said[position] += [_outgoing(signal, received.traceparent) for signal in said]

    def _raise_faults(self, batch: Sequence[Received]) -> None:
        """Raise what broke a record of the batch, so that it is dead-lettered; what the others led to is kept."""
        for received in batch:
            fault = self._faults.get(_position(received.record))
            if fault is not None:
                if len(batch) == 1:
                    del self._faults[_position(received.record)], self._said[_position(received.record)]
                raise fault

    def _note_skip(self, received: Received, reason: str) -> None:
        metrics.SKIPPED.labels(reason).inc()
        if reason == "series-ceiling" and not self._has_refused:
            self._has_refused = True  # once: a flood of labels must not become a flood of lines
            log.error(
                "too many series: new ones are refused; raise ROLLGUARD_DETECTOR_MAX_SERIES or drop labels",
                series=self._detector.series_count,
                topic=received.record.topic,
                partition=received.record.partition,
                offset=received.record.offset,
            )


def _chunks(batch: Sequence[Received]) -> Iterator[Sequence[Received]]:
    """Cut a batch so that each part has about so many points."""
    begin, points = 0, 0
    for end, received in enumerate(batch, start=1):
        points += len(received.event.points)
        if points >= _POINTS_A_STEP or end == len(batch):
            yield batch[begin:end]
            begin, points = end, 0


def _arrival(record: Record, point: MetricPoint | None) -> Arrival:
    return Arrival(point, record.seconds, (record.topic, record.partition))


def _position(record: Record) -> _Position:
    return record.topic, record.partition, record.offset


def _outgoing(signal: Signal, parent: str | None) -> OutgoingRecord:
    if isinstance(signal, AnomalyOpened):
        metrics.ANOMALIES.labels(signal.severity).inc()
    if isinstance(signal, BreachForecast):
        metrics.FORECASTS.inc()
    log.info("signal", type=type(signal).__name__, id=signal.id, workload=signal.workload, because=signal.evidence.summary)
    return codec.encode(SIGNALS, signal, source=SOURCE, **tracing.caused(parent, signal.id))
