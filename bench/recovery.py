"""
A detector killed under load: how long until it has caught up, and whether it says what an undisturbed one says.

    make -s bench NAME=recovery ARGS="[--series N] [--rounds N] [--members]"

Two runs over the same log on Apache Kafka, each on a broker of its own: one undisturbed, one in which the process is killed by
kill -9 while points come, and started again at once as the same static member. With ``--members`` the second run has two, then
three, then one process instead. The rival is a bare aiokafka loop that drains the points of the load; signals are compared by id
and by value.
"""

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from aiokafka import AIOKafkaConsumer, TopicPartition
from scoring.one_line import print_line

from rollguard_console.local import broker, services
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics
from rollguard_schemas import codec, topics
from rollguard_schemas.metrics import MetricBatch, MetricPoint
from rollguard_schemas.policies import Objective, PolicyMetadata, PolicySpec, RollbackPolicy
from rollguard_schemas.targets import MlflowAlias

PARTITIONS, SERIES_A_WORKLOAD, WATCHED = 12, 20, 50
_GROUP = "rollguard-detector"


def log_of(series: int, rounds: int, began: float) -> Iterator[list[MetricBatch]]:
    """Yield rounds of one point a series; the first series of some workloads climbs through its bound in the second half."""
    rng = np.random.default_rng(1)
    workloads = series // SERIES_A_WORKLOAD
    for number in range(rounds):
        values = 0.1 * (1 + 0.05 * rng.standard_normal((workloads, SERIES_A_WORKLOAD)))
        values[:WATCHED, 0] += max(0, number - rounds // 3) * 0.02
        at = began + number
        yield [
            MetricBatch(points=tuple(
                MetricPoint(workload=f"bench/w{w}", metric=f"m{s}", revision="1", time_unix_seconds=at, value=float(values[w, s]))
                for s in range(SERIES_A_WORKLOAD)
            ))
            for w in range(workloads)
        ]  # fmt: skip


def policies() -> list[RollbackPolicy]:
    """Return an objective for each watched workload."""
    return [
        RollbackPolicy(
            api_version="rollguard.dev/v1",
            metadata=PolicyMetadata(name=f"w{w}"),
            spec=PolicySpec(
                workload=f"bench/w{w}",
                target=MlflowAlias(model="m", alias="champion"),
                objectives=(Objective(name="first", metric="m0", above=0.5),),
            ),
        )
        for w in range(WATCHED)
    ]


@dataclass
class Result:
    """One run: what was said by id, and what the moments were."""

    said: dict[str, bytes] = field(default_factory=dict)
    changed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


class Run:
    """A broker, and the detectors on it."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.bootstrap, self._folder = bootstrap, folder
        self.bus = KafkaBus(SharedSettings(kafka=bootstrap), client_id="bench")
        self.sink = self.bus.sink()
        self._count = 0

    def detector(self, member: str = "first") -> services.Service:
        """Start a detector process as a static member of the group."""
        self._count += 1
        settings = {"SNAPSHOT_SECONDS": "5", "SNAPSHOT_BYTES_PER_SECOND": "20000000", "INSTANCE_ID": member}
        return services.start(
            "detector",
            kafka=self.bootstrap,
            mlflow_url="",
            run_dir=self._folder / str(self._count),
            mode="dry-run",
            extra={f"ROLLGUARD_DETECTOR_{name}": value for name, value in settings.items()},
        )

    async def publish(self, batches: list[MetricBatch]) -> None:
        """Publish a round."""
        await self.sink.publish([codec.encode(topics.METRICS, batch, source="/bench") for batch in batches])

    async def behind(self) -> int:
        """Return how many records the group has not committed yet."""
        await asyncio.sleep(0.1)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=_GROUP, enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topics.METRICS.name, n) for n in range(PARTITIONS)])
            ends = await consumer.end_offsets(consumer.assignment())
            return sum([end - (await consumer.committed(p) or 0) for p, end in ends.items()])
        finally:
            await consumer.stop()

    async def caught_up(self) -> float:
        """Wait until the group has committed everything; return how long that took."""
        began = time.perf_counter()
        while await self.behind():
            pass
        return time.perf_counter() - began

    async def said(self) -> Result:
        """Return what was said, each id once, and how many repetitions said something else."""
        follower, result = self.bus.follower([topics.SIGNALS.name]), Result()
        await follower.start()
        for record in await follower.catch_up():
            name, value = dict(record.headers)["ce_id"].decode(), record.value or b""
            result.changed += result.said.setdefault(name, value) != value
        await follower.stop()
        return result


async def drain(bootstrap: str) -> float:
    """Return the records a second of a bare loop over the metrics topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    partitions = [TopicPartition(topics.METRICS.name, n) for n in range(PARTITIONS)]
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    await consumer.seek_to_beginning(*partitions)
    began, seen = time.perf_counter(), 0
    while seen < sum(ends.values()):
        seen += sum(len(some) for some in (await consumer.getmany(timeout_ms=200, max_records=2_000)).values())
    seconds = time.perf_counter() - began
    await consumer.stop()
    return seen / seconds


@contextmanager
def run_on(folder: Path) -> Iterator[Run]:
    """Start a broker with rollguard's topics."""
    with broker.start(folder / "broker", kind="kafka") as running:
        asyncio.run(apply_topics(SharedSettings(kafka=running.bootstrap), partitions=PARTITIONS, replication=1))
        yield Run(running.bootstrap, folder)


async def play(run: Run, rounds: list[list[MetricBatch]], disturb: str) -> Result:
    """Publish the rounds before one detector or several, and disturb them in the middle as asked."""
    await run.sink.start()
    await run.sink.publish([codec.encode(topics.POLICIES, one, source="/bench") for one in policies()])
    alive, seconds = [run.detector()], {}
    for number, batches in enumerate(rounds):
        await run.publish(batches)
        if number == len(rounds) // 3:
            seconds["warm"] = await run.caught_up()
            alive += [run.detector("second")] if disturb == "members" else []
        if number == len(rounds) // 2 and disturb == "members":
            alive.append(run.detector("third"))
        if number == 2 * len(rounds) // 3 and disturb == "kill":
            os.kill(alive.pop().child.pid, signal.SIGKILL)
            alive.append(run.detector())
            killed = time.perf_counter()
        if number == 3 * len(rounds) // 4 and disturb == "members":
            alive.pop().child.stop()
            os.kill(alive.pop(0).child.pid, signal.SIGKILL)
        await asyncio.sleep(0.1)
    seconds["caught_up"] = await run.caught_up()
    if disturb == "kill":
        seconds["from_kill"] = time.perf_counter() - killed
    result = await run.said()
    result.seconds = seconds
    await run.sink.stop()
    for one in alive:
        one.child.stop()
    return result


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/recovery.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--series", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=60, metavar="N", help="points of each series (default: 60)")
    parser.add_argument("--members", action="store_true", help="two, then three, then one process instead of a kill")
    asked = parser.parse_args()
    rounds = list(log_of(asked.series, asked.rounds, time.time() - asked.rounds))
    results = {}
    for disturb in ("nothing", "members" if asked.members else "kill"):
        with TemporaryDirectory() as folder, run_on(Path(folder)) as run:
            results[disturb] = asyncio.run(play(run, rounds, disturb))
            drained = asyncio.run(drain(run.bootstrap))
    calm, disturbed = results.values()
    recovered = disturbed.seconds.get("from_kill")
    load_seconds = len(rounds) * len(rounds[0]) / 3 / drained
    print_line(
        {
            "bench": "recovery",
            "series": asked.series,
            "points": asked.series * asked.rounds,
            "disturbed_by": list(results)[1],
            "signals": len(calm.said),
            "missing": len(calm.said.keys() - disturbed.said.keys()),
            "invented": len(disturbed.said.keys() - calm.said.keys()),
            "of_other_value": disturbed.changed + sum(disturbed.said.get(k, v) != v for k, v in calm.said.items()),
            "seconds_from_kill_to_caught_up": recovered,
            "seconds_after_the_last_point": disturbed.seconds["caught_up"],
            "undisturbed_seconds_after_the_last_point": calm.seconds["caught_up"],
            "bare_drain_of_the_load_seconds": load_seconds,
            "points_a_second_of_the_drain": drained * SERIES_A_WORKLOAD,
        }
    )


if __name__ == "__main__":
    main()
