"""
How long from an event that is produced to the signal that is readable, at a tenth and at six tenths of the measured capacity.

    make -s bench NAME=latency ARGS="[--series N] [--seconds N] [--capacity N] [--broker kafka|embedded]"

The detector runs as a process of its own, and so does what sends load at a steady rate. Every so often a workload reports a new
revision for the first time, which the detector says at once (``RevisionServing``). Measured is from just before such a point is
sent until its signal was polled here. The capacity is measured before, by the detector in this process on the same load, which
lies in the topic already: ``cores_idle`` says how much of the machine sender, broker and detector together left over at each rate.
"""

import argparse
import asyncio
import itertools
import json
import os
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from load.points import messages
from load.reading import Detecting
from load.service import running_detector
from load.topic import fill
from scoring.one_line import print_line

from rollguard_console.local import broker
from rollguard_runtime import logs
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.topics import METRICS, SIGNALS

SHARES, GOAL_SECONDS = (0.1, 0.6), 0.25
_PROBES_A_SECOND, _PATIENCE_SECONDS = 10.0, 15.0
_BENCH = Path(__file__).parent


async def capacity(bootstrap: str, series: int, points: int = 500_000) -> float:
    """Return how many points a second the detector takes in this process, once it knows the series."""
    await fill(bootstrap, "capacity", messages(series, points))
    async with Detecting(bootstrap, "capacity", "capacity", series=series) as detecting:
        await detecting.take(series)
        return (await detecting.take(points)).a_second


class Load:
    """A load that goes on from rate to rate, sent by another process."""

    def __init__(self, series: int) -> None:
        self._series, self._sent = series, 0

    async def send(self, bootstrap: str, rate: float, seconds: float) -> float:
        """Send at a rate for a while; return at which rate it went."""
        words = ["--series", self._series, "--rate", rate, "--seconds", seconds, "--skip", self._sent]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "load.steady", bootstrap, *map(str, words), stdout=asyncio.subprocess.PIPE, cwd=_BENCH
        )
        told, _ = await process.communicate()
        said = json.loads(told)
        self._sent += said["sent"]
        return float(said["sent"] / said["seconds"])


class Probes:
    """Points whose signal is waited for: when each was sent, and how long its signal took."""

    def __init__(self) -> None:
        self._sent: dict[str, float] = {}
        self._number = itertools.count()
        self.took: list[float] = []

    async def send(self, producer: AIOKafkaProducer) -> None:
        """Let a new workload report a revision."""
        workload = f"probe/w-{next(self._number):06d}-{time.time_ns()}"
        point = MetricPoint(workload=workload, time_unix_seconds=time.time(), metric="m", value=1.0, revision="1")
        self._sent[workload] = time.perf_counter()
        await producer.send(METRICS.name, msgspec.json.encode(point), key=workload.encode())

    async def hear(self, consumer: AIOKafkaConsumer) -> None:
        """Note each signal when it comes."""
        async for message in consumer:
            sent = self._sent.pop((message.key or b"").decode(), None)
            if sent is not None:
                self.took.append(time.perf_counter() - sent)

    async def settled(self) -> int:
        """Wait for what is missing, not for ever; return how many never came."""
        until = time.perf_counter() + _PATIENCE_SECONDS
        while self._sent and time.perf_counter() < until:  # noqa: ASYNC110  # what empties it is in this loop
            await asyncio.sleep(0.05)
        return len(self._sent)


async def at_rate(bootstrap: str, load: Load, rate: float, seconds: float) -> dict[str, object]:
    """Send load at a rate with probes among it, and return the quantiles of what they took."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks=1)
    consumer = AIOKafkaConsumer(SIGNALS.name, bootstrap_servers=bootstrap)
    await producer.start()
    await consumer.start()
    probes = Probes()
    hearing, loading = asyncio.ensure_future(probes.hear(consumer)), asyncio.ensure_future(load.send(bootstrap, rate, seconds))
    idle, began = _idle_seconds(), time.perf_counter()
    while not loading.done():
        await probes.send(producer)
        await asyncio.sleep(1.0 / _PROBES_A_SECOND)
    idle = (_idle_seconds() - idle) / (time.perf_counter() - began)
    missing = await probes.settled()
    hearing.cancel()
    await producer.stop()
    await consumer.stop()
    took = statistics.quantiles(probes.took, n=100) if len(probes.took) > 1 else [float("nan")] * 99
    return {
        "points_per_second": round(loading.result()),
        "probes": len(probes.took),
        "missing": missing,
        "cores_idle": idle,
        "p50_seconds": took[49],
        "p99_seconds": took[98],
    }


def _idle_seconds() -> float:
    """Return how long this machine's processors had nothing to do since it started, all together."""
    idle_ticks = int(Path("/proc/stat").read_text(encoding="ascii").split()[4])
    return idle_ticks / os.sysconf("SC_CLK_TCK")


async def _measure(bootstrap: str, folder: Path, asked: argparse.Namespace) -> dict[str, object]:
    await apply_topics(SharedSettings(kafka=bootstrap), partitions=4, replication=1)
    points_a_second = asked.capacity or await capacity(bootstrap, asked.series)
    load = Load(asked.series)
    with running_detector(bootstrap, folder, max_series=2 * asked.series) as detector:
        await at_rate(bootstrap, load, asked.series / 4.0, 8.0)  # it starts and learns the series
        if detector.poll() is not None:
            raise SystemExit((folder / "detector.log").read_text(encoding="utf-8"))
        told = {f"at_{share:g}": await at_rate(bootstrap, load, share * points_a_second, asked.seconds) for share in SHARES}
    return {"capacity_points_per_second": round(points_a_second), **told}


def main() -> None:
    """Start a broker and a detector, measure, print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/latency.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--series", type=int, default=1_000, metavar="N")
    parser.add_argument("--seconds", type=float, default=20.0, metavar="N", help="at each rate (default: 20)")
    parser.add_argument("--capacity", type=float, metavar="N", help="points a second, where it is known")
    parser.add_argument("--broker", choices=broker.BROKER_KINDS, default="kafka")
    asked = parser.parse_args()
    logs.configure("detector", "error")
    with TemporaryDirectory() as folder, broker.start(Path(folder), kind=asked.broker) as running:
        result = asyncio.run(_measure(running.bootstrap, Path(folder), asked))
        print_line({"bench": "latency", "goal_p99_seconds_at_0.6": GOAL_SECONDS, **result, "broker": running.description})


if __name__ == "__main__":
    main()
