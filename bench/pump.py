"""
What the pump costs: points through poll, decode, handle, publish and commit, as a ratio to a bare aiokafka loop that only polls.

    make -s bench NAME=pump ARGS=embedded|kafka

Both read the same records from the same broker in the same run, in turn. The handler publishes nothing: what is measured is the
road, not a model on it.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from aiokafka import AIOKafkaConsumer

from rollguard_console.local import broker
from rollguard_runtime.bus import Record
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.liveness import Progress
from rollguard_runtime.pump import Pump, Received
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics
from rollguard_schemas import codec, topics
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.metrics import MetricPoint

POINTS, ROUNDS = 50_000, 5


class Reader:
    """Reads points and says nothing of them."""

    def __init__(self) -> None:
        self.points = 0

    def read(self, record: Record) -> Received:
        """Decode as the detector does."""
        return Received(record, codec.decode(topics.METRICS, record.value, record.headers).event)

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Count."""
        self.points += len(batch)
        return ()


async def _fill(bus: KafkaBus) -> None:
    sink = bus.sink()
    await sink.start()
    for first in range(0, POINTS, 5_000):
        points = (
            MetricPoint(workload=f"shop/w{n % 50}", time_unix_seconds=float(n), metric="m", value=float(n))
            for n in range(first, first + 5_000)
        )
        await sink.publish([codec.encode(topics.METRICS, point, source="/bench") for point in points])
    await sink.stop()


async def _pumped(bus: KafkaBus, number: int) -> float:
    reader, progress, stop = Reader(), Progress(stalled_after_seconds=60), asyncio.Event()
    sink = bus.sink()
    await sink.start()
    source = bus.source([topics.METRICS.name], group=f"bench-{number}")
    await source.start()
    pump = Pump(name="bench", service="bench", source=source, sink=sink, handler=reader, progress=progress, dead_letter_limit=1)
    progress.expect("bench")
    began = time.perf_counter()
    while reader.points < POINTS:
        await pump.step(stop)
    seconds = time.perf_counter() - began
    await source.stop()
    await sink.stop()
    return seconds


async def _bare(bootstrap: str, number: int) -> float:
    options = {"group_id": f"bare-{number}", "auto_offset_reset": "earliest", "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(topics.METRICS.name, bootstrap_servers=bootstrap, **options)
    await consumer.start()
    began, seen = time.perf_counter(), 0
    while seen < POINTS:
        seen += sum(len(records) for records in (await consumer.getmany(timeout_ms=250, max_records=2_000)).values())
    seconds = time.perf_counter() - began
    await consumer.stop()
    return seconds


async def _measure(bootstrap: str) -> dict[str, object]:
    settings = SharedSettings(kafka=bootstrap)
    await apply_topics(settings, partitions=4, replication=1)
    bus = KafkaBus(settings, client_id="bench")
    await _fill(bus)
    pumped, bare = [], []
    for number in range(ROUNDS):
        pumped.append(await _pumped(bus, number))
        bare.append(await _bare(bootstrap, number))
    pump_rate, bare_rate = POINTS / statistics.median(pumped), POINTS / statistics.median(bare)
    return {
        "bench": "pump",
        "points": POINTS,
        "rounds": ROUNDS,
        "pump_points_per_second": round(pump_rate),
        "bare_aiokafka_points_per_second": round(bare_rate),
        "ratio_to_bare_aiokafka": round(pump_rate / bare_rate, 3),
    }


def main() -> None:
    """Start a broker, measure, print one JSON line."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "embedded"
    if kind not in broker.BROKER_KINDS:
        sys.exit(f"no such broker: {kind}; there are {', '.join(broker.BROKER_KINDS)}")
    with TemporaryDirectory() as folder, broker.start(Path(folder), kind=kind) as running:
        result = asyncio.run(_measure(running.bootstrap))
        print(json.dumps({**result, "broker": running.description}))


if __name__ == "__main__":
    main()
