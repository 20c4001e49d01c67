"""
A topic read whole, twice: by the detector as it runs in the service, and by a bare consumer that looks at nothing.
"""

import asyncio
import gc
import time
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer

from load.points import policies
from rollguard_detector.core.detector import Detector, Limits
from rollguard_detector.inputs.by_content_type import ByContentType
from rollguard_detector.shell.handler import MetricsHandler
from rollguard_detector.shell.metrics import POINTS
from rollguard_detector.shell.serving import MAX_RECORDS
from rollguard_runtime.collector import spare_the_collector
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.liveness import Progress
from rollguard_runtime.pump import Pump
from rollguard_runtime.settings import SharedSettings

_PYTHONS_OWN = gc.get_threshold()


class Pace(NamedTuple):
    """How long so many points took, by the clock and in processor time of this process."""

    points: int
    seconds: float
    cpu_seconds: float

    @property
    def a_second(self) -> float:
        """Points a second by the clock."""
        return self.points / self.seconds

    @property
    def a_cpu_second(self) -> float:
        """Points a second of processor time."""
        return self.points / self.cpu_seconds


class Watch:
    """A stop watch for both kinds of time."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def pace(self, points: int) -> Pace:
        """Return the pace of so many points since the start."""
        return Pace(points, time.perf_counter() - self._began[0], time.process_time() - self._began[1])


async def drained(bootstrap: str, topic: str, points: int, group: str) -> Pace:
    """Read a topic with ``getmany`` and nothing else, with the collector as Python has it, whatever a detector before this set."""
    gc.unfreeze()
    gc.set_threshold(*_PYTHONS_OWN)
    options = {"group_id": group, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, **options)
    await consumer.start()
    try:
        watch, seen = Watch(), 0
        while seen < points:
            seen += sum(len(records) for records in (await consumer.getmany(timeout_ms=250)).values())
        return watch.pace(seen)
    finally:
        await consumer.stop()


class Detecting:
    """The whole detector on a topic: poll, decode, map, score, forecast, publish, commit."""

    def __init__(self, bootstrap: str, topic: str, group: str, *, series: int) -> None:
        detector = Detector(Limits(max_series=2 * series))
        for policy in policies(series):
            detector.take_policy(policy.spec.workload, policy)
        bus = KafkaBus(SharedSettings(kafka=bootstrap), client_id="bench")
        self.progress, self.stop = Progress(stalled_after_seconds=600.0), asyncio.Event()
        self._sink, self._source = bus.sink(), bus.source([topic], group=group)
        self.handler = MetricsHandler(detector, ByContentType("own-json"))
        self._pump = Pump(
            name="metrics",
            service="detector",
            source=self._source,
            sink=self._sink,
            handler=self.handler,
            progress=self.progress,
            dead_letter_limit=1,
            max_records=MAX_RECORDS,
        )

    async def __aenter__(self) -> Self:
        await self._sink.start()
        await self._source.start()
        self.progress.expect("metrics")
        spare_the_collector()
        self._taken, self._taken_before = 0, points_taken()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._source.stop()
        await self._sink.stop()

    async def take(self, until: int) -> Pace:
        """Pump until so many points were taken in altogether; return the pace of those since the last call."""
        watch, before = Watch(), self._taken
        while self._taken < until:
            await self._pump.step(self.stop)
            self._taken = points_taken() - self._taken_before
        return watch.pace(self._taken - before)


def points_taken() -> int:
    """Return how many points the detector of this process has counted."""
    return int(POINTS._value.get())  # noqa: SLF001  # the client library has no other way to ask a counter
