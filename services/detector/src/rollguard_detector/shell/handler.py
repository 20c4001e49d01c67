"""
The handler of metric records: read, observe, say.

A poll is observed in few steps. A replayed record is observed in silence, since what it led to was said before. The detector's
state cannot be taken back, so a record is observed once even when its batch is offered again: what it led to is kept until the
batch is through, or a fault in one record would lose the signals of those before it.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import get_args

import numpy as np

from rollguard_detector.core.arrivals import NO_ROW, Arrivals, SkipReason
from rollguard_detector.core.banks.bank import Rows
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.learned import Learned
from rollguard_detector.core.ports import PollCodec
from rollguard_detector.core.series import Ceiling
from rollguard_detector.core.standing import Standing
from rollguard_detector.core.watermarks import Watermarks
from rollguard_detector.shell import metrics
from rollguard_detector.shell.memory import resident_bytes
from rollguard_detector.shell.polled import Polled, PollReader
from rollguard_detector.shell.replay import Replay
from rollguard_detector.shell.state.homes import Homes
from rollguard_runtime import logs, tracing
from rollguard_runtime.bus import Record
from rollguard_runtime.pump import Reading, Received
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.signals import AnomalyOpened, BreachForecast, Signal
from rollguard_schemas.topics import SIGNALS

SOURCE = "/rollguard/detector"
_POINTS_A_STEP = 20_000
_IDLE_SECONDS = 60.0
_MOST_REFUSED = 100
_CEILINGS: Mapping[Ceiling, str] = {
    "series-ceiling": "too many series: new ones are refused; raise ROLLGUARD_DETECTOR_MAX_SERIES and the memory, or drop labels",
    "workload-ceiling": "too many series of a workload: new ones of it are refused; drop labels, or raise "
    "ROLLGUARD_DETECTOR_MAX_SERIES_A_WORKLOAD",
}
_Position = tuple[str, int, int]
log = logs.get("handler")


class MetricsHandler:
    """Feeds the detector and publishes what it concludes."""

    def __init__(  # what it connects
        self,
        detector: Detector,
        input_codec: PollCodec,
        *,
        learned: Learned | None = None,
        standing: Standing | None = None,
        homes: Homes | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._detector, self._reader = detector, PollReader(input_codec, detector)
        self._homes, self._clock = homes, clock
        self._watermarks = watermarks = Watermarks(lateness_seconds=0.0, idle_seconds=_IDLE_SECONDS)
        metrics.WATERMARK_AGE.set_function(lambda: watermarks.age_seconds(clock()))
        self._learned, self._standing = learned or Learned(), standing or Standing()
        self._replay = Replay()
        self._said: dict[_Position, list[OutgoingRecord]] = {}
        self._faults: dict[_Position, Exception] = {}
        self._refused: dict[Ceiling, set[str]] = {}
        self._base_bytes = resident_bytes() - detector.predicted_bytes

    def read(self, record: Record) -> Received:
        """Decode a record; raises ``Malformed``."""
        return self._reader.read(record)

    def read_many(self, records: Sequence[Record]) -> Reading:
        """Decode a poll, in bulk what can be."""
        return self._reader.read_many(records)

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Observe every point of a batch; return the signals of records that are new."""
        polled = batch if isinstance(batch, Polled) else self._reader.of(batch)
        self._replay.note(polled.records)
        fresh = polled
        if self._said:  # a record broke the batch: the others were observed with it
            fresh = self._reader.of([received for received in polled if _position(received.record) not in self._said])
        if self._homes is not None:
            self._homes.hear(fresh)
        for part in fresh.parts(_POINTS_A_STEP):
            # A poll takes long: meanwhile the group expects heartbeats, and the next records come in.
            await asyncio.to_thread(self._observe, part)
        metrics.SERIES.set(self._detector.series_count)
        metrics.PREDICTED_MEMORY.set(self._base_bytes + self._detector.predicted_bytes)
        metrics.WARMING.set(self._detector.warming_count)
        metrics.show_reliability(self._detector.reliability())
        self._raise_faults(polled)
        return [outgoing for position in self._positions_said(polled) for outgoing in self._said.pop(position, [])]

    def _positions_said(self, polled: Polled) -> Sequence[_Position]:
        """Return the records of a batch in order, at least those after which something is to be said."""
        if len(polled) <= len(self._said):  # one by one, while what the whole batch led to waits
            return [_position(record) for record in polled.records]
        places = ((polled.records.place_of(position[:2], position[2]), position) for position in self._said)
        return [position for _, position in sorted((place, position) for place, position in places if place is not None)]

    def _observe(self, part: Polled) -> None:
        """Observe the points of several records in one step, and keep what each record led to."""
        self._count(part)
        arrivals, of = self._reader.arrivals(part)
        self._hear(arrivals)
        arrivals, of = self._without_late(arrivals, of)
        standing = [self._detector.workload_at(arrivals, place) for place in range(len(of))] if self._standing.is_waiting else []
        outcome = self._detector.observe_columns(arrivals)
        self._reader.learn(part)
        for place, fault in outcome.faults.items():
            self._faults[_position(part.records[of[place]])] = fault
        for place, reason in outcome.skipped.items():
            record = part.records[of[place]]
            if not record.is_replayed:  # else late is what a snapshot knows
                self._note_skip(record, reason, self._detector.workload_at(arrivals, place))
        for place in range(len(of)) if standing else sorted(outcome.signals):
            signals = outcome.signals.get(place, ())
            workload = standing[place] if standing else signals[0].workload
            self._note(part, int(of[place]), workload, signals)

    def _hear(self, arrivals: Arrivals) -> None:
        """Note how far event time came in each partition; a clock that is ahead counts as the broker's."""
        received, now = arrivals.received_at_seconds, self._clock()
        times = np.where(received > 0.0, np.minimum(arrivals.at_seconds, received), arrivals.at_seconds)
        for number, source in enumerate(arrivals.sources):
            newest = float(times[arrivals.source_of == number].max())
            if source is not None and newest > 0.0:
                self._watermarks.hear(source, newest, now)

    def _count(self, part: Polled) -> None:
        skipped = 0
        for received in part.alone.values():
            for reason, count in received.event.skipped.items():
                metrics.SKIPPED.labels(reason).inc(count)
                skipped += count
        metrics.POINTS.inc(part.points_count() + skipped)

    def _without_late(self, arrivals: Arrivals, of: Rows) -> tuple[Arrivals, Rows]:
        """Leave out the points that history taught already."""
        if not self._learned.series_count:
            return arrivals, of
        old = np.flatnonzero((arrivals.at_seconds <= self._learned.newest) | (arrivals.rows == NO_ROW)).tolist()
        points = ((place, self._detector.point_at(arrivals, place)) for place in old)
        late = [place for place, point in points if point is not None and self._learned.covers(point)]
        if not late:
            return arrivals, of
        metrics.SKIPPED.labels("late").inc(len(late))
        return arrivals.without(late), np.delete(of, late)

    def _note(self, part: Polled, number: int, workload: str, signals: Sequence[Signal]) -> None:
        """Keep what is to be said because of a point; before the first live one of a workload, what history left open."""
        record = part.records[number]
        if record.is_replayed:
            self._standing.forget(workload)
            return
        said = [*self._standing.say(workload), *signals]
        if said:
            parent = part[number].traceparent
            self._said.setdefault(_position(record), []).extend(_outgoing(signal, parent) for signal in said)

    def _raise_faults(self, polled: Polled) -> None:
        """Raise what broke a record of the batch, so that it is dead-lettered; what the others led to is kept."""
        if not self._faults:
            return
        positions = [_position(record) for record in polled.records]
        for position in positions:
            self._said.setdefault(position, [])
        for position in positions:
            fault = self._faults.get(position)
            if fault is not None:
                if len(polled) == 1:
                    del self._faults[position], self._said[position]
                raise fault

    def _note_skip(self, record: Record, reason: SkipReason, workload: str) -> None:
        metrics.SKIPPED.labels(reason).inc()
        if reason not in get_args(Ceiling):
            return
        refused = self._refused.setdefault(reason, set())  # type: ignore[arg-type]  # one of them
        if workload in refused or len(refused) >= _MOST_REFUSED:
            return  # once a workload: a flood of labels must not become a flood of lines
        refused.add(workload)
        metrics.AT_CEILING.labels(reason).set(len(refused))
        log.error(
            _CEILINGS[reason],  # type: ignore[index]  # as above
            workload=workload,
            ceiling=self._detector.ceiling(reason),  # type: ignore[arg-type]  # as above
            series=self._detector.series_count,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )


def _position(record: Record) -> _Position:
    return record.topic, record.partition, record.offset


def _outgoing(signal: Signal, parent: str | None) -> OutgoingRecord:
    if isinstance(signal, AnomalyOpened):
        metrics.ANOMALIES.labels(signal.severity).inc()
    if isinstance(signal, BreachForecast):
        metrics.FORECASTS.inc()
    log.info("signal", type=type(signal).__name__, id=signal.id, workload=signal.workload, because=signal.evidence.summary)
    return codec.encode(SIGNALS, signal, source=SOURCE, **tracing.caused(parent, signal.id))
