"""
Decisions a second a core, and how long a signal waits for its decision, beside what faust itself can do.

    make -s bench NAME=deciding ARGS="--broker kafka --signals 3000"

Three ways with the same signals in the same run: the desk alone on a bus in memory; the decider's own faust application on a real
broker; and the same application with a desk that only copies each record to the decisions topic and writes the table, which is
faust's ceiling. Rates are over this process's CPU seconds, as one core would have them; latencies are from the acknowledged signal
to the acknowledged decision.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scoring.one_line import print_line

from rollguard_console.local import broker
from rollguard_decider.settings import DeciderSettings
from rollguard_decider.shell.app import create_app
from rollguard_decider.shell.context import FOLLOWED, Context
from rollguard_decider.shell.desk import Desk, Table
from rollguard_decider.shell.publisher import Publisher
from rollguard_decider.shell.worker import Worker
from rollguard_runtime import logs
from rollguard_runtime.bus import Record
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.liveness import Progress
from rollguard_runtime.topic_admin import apply_topics
from rollguard_schemas.codec import OutgoingRecord, encode
from rollguard_schemas.topics import DECISIONS, POLICIES, ROLLOUTS, SIGNALS

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

_WORKLOADS, _PARTITIONS, _ALONE, _EVERY_SECONDS = 24, 4, 100, 0.03

Take = Callable[[Record, Table], Awaitable[None]]


def _facts(signals: int) -> list[OutgoingRecord]:
    """Return policies, rollouts and signals of many workloads, as they lie on their topics."""
    from decider.stories import breach, policy, started  # noqa: PLC0415  # lies beside the tests

    names = [f"shop/w{number}" for number in range(_WORKLOADS)]
    known = [encode(POLICIES, policy(workload=name), source="/bench") for name in names]
    known += [encode(ROLLOUTS, started(f"{name}-ro", workload=name), source="/bench") for name in names]
    said = [breach(f"s-{n}", at=60 + n / 1000, workload=names[n % _WORKLOADS], episode=f"ep-{n}") for n in range(signals)]
    return known + [encode(SIGNALS, one, source="/bench") for one in said]


async def _in_memory(signals: int) -> float:
    """Return decisions a CPU second of the desk alone."""
    from decider.offices import Office  # noqa: PLC0415  # lies beside the tests

    office, facts = Office(), _facts(signals)
    for outgoing in facts:
        office.bus.append(outgoing)
    records = [record for topic in (ROLLOUTS, SIGNALS) for record in office.bus.records(topic.name)]
    began = time.process_time()
    for record in records:
        await office.desk.take(record, office.table)
    return signals / (time.process_time() - began)


class Carried:
    """One faust application over the topics: counts what it took, and when each record was done."""

    def __init__(self, settings: DeciderSettings, take: Take) -> None:
        self._settings, self._take = settings, take
        self.done: dict[str, float] = {}
        self.began: tuple[float, float] | None = None
        self.ended = (0.0, 0.0)
        self._is_enough = asyncio.Event()
        self._wanted = 0

    async def take(self, record: Record, table: Table) -> None:
        """Take a record, and note when it was done."""
        if record.topic == SIGNALS.name and self.began is None:
            self.began = (time.process_time(), time.perf_counter())
        await self._take(record, table)
        if record.topic == SIGNALS.name:
            self.done[dict(record.headers)["ce_id"].decode()] = time.perf_counter()
            self.ended = (time.process_time(), time.perf_counter())
            if len(self.done) >= self._wanted:
                self._is_enough.set()

    async def until(self, count: int) -> None:
        """Wait until so many signals are done."""
        self._wanted = count
        self._is_enough.clear()
        if len(self.done) < count:
            await self._is_enough.wait()

    async def run(self, signals: int, alone: Callable[[int], Awaitable[tuple[str, float]]]) -> dict[str, float]:
        """Drain what lies there, then take single ones; return the figures."""
        progress, stop = Progress(stalled_after_seconds=600), asyncio.Event()
        with TemporaryDirectory() as folder:
            app = create_app(self._settings, partitions=_PARTITIONS, data_dir=folder, take=self.take, on_assigned=lambda: None)
            running = asyncio.ensure_future(Worker(app, progress).run(stop))
            await self.until(signals)
            cpu, wall = (end - begin for end, begin in zip(self.ended, self.began or self.ended, strict=True))
            waits = []
            for number in range(_ALONE):
                name, sent = await alone(number)
                await self.until(signals + number + 1)
                waits.append(self.done[name] - sent)
                await asyncio.sleep(_EVERY_SECONDS)
            stop.set()
            await running
        return {
            "a_cpu_second": signals / cpu,
            "a_second": signals / wall,
            "latency_median_ms": 1000 * statistics.median(waits),
            "latency_p99_ms": 1000 * statistics.quantiles(waits, n=100)[98],
        }


async def _on_broker(bootstrap: str, signals: int, *, is_real: bool) -> dict[str, float]:
    settings = DeciderSettings(kafka=bootstrap, group=f"bench-{'desk' if is_real else 'faust'}")
    bus = KafkaBus(settings, client_id="bench")
    sink = bus.sink()
    await sink.start()
    context = Context(bus.follower(FOLLOWED), Progress(stalled_after_seconds=600))
    if is_real:
        carried = Carried(settings, Desk(Publisher(sink, dead_letter_limit=100), context).take)
        await context.current()
    else:

        async def copy(record: Record, table: Table) -> None:
            """Do what every desk must: publish, await the acknowledgement, write the table."""
            await sink.publish([OutgoingRecord(DECISIONS.name, record.key, record.value, record.headers)])
            table[record.key or b""] = record.value or b""

        carried = Carried(settings, copy)
    kind = "real" if is_real else "copy"
    try:
        return await carried.run(signals, lambda number: _alone(sink, number, kind))
    finally:
        await sink.stop()


async def _alone(sink: Any, number: int, kind: str) -> tuple[str, float]:
    """Publish one signal; return its id, and when the broker had it."""
    from decider.stories import breach  # noqa: PLC0415  # lies beside the tests

    said = breach(f"{kind}-alone-{number}", at=7200, workload=f"shop/w{number % _WORKLOADS}", episode=f"{kind}-ep-{number}")
    await sink.publish([encode(SIGNALS, said, source="/bench")])
    return said.id, time.perf_counter()


async def _measure(bootstrap: str, signals: int) -> dict[str, Any]:
    settings = DeciderSettings(kafka=bootstrap)
    await apply_topics(settings, partitions=_PARTITIONS, replication=1)
    bus = KafkaBus(settings, client_id="bench")
    sink = bus.sink()
    await sink.start()
    facts = _facts(signals)
    for start in range(0, len(facts), 1000):
        await sink.publish(facts[start : start + 1000])
    await sink.stop()
    decider = await _on_broker(bootstrap, signals, is_real=True)
    faust_alone = await _on_broker(bootstrap, signals + _ALONE, is_real=False)  # the decider's single ones lie there as well
    return {
        "desk_alone_a_cpu_second": await _in_memory(signals),
        **{f"decider_{name}": value for name, value in decider.items()},
        **{f"faust_{name}": value for name, value in faust_alone.items()},
        "ratio_to_faust": decider["a_cpu_second"] / faust_alone["a_cpu_second"],
    }


def main() -> None:
    """Start a broker, measure, print one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--broker", choices=broker.BROKER_KINDS, default="embedded")
    parser.add_argument("--signals", type=int, default=3000)
    asked = parser.parse_args()
    logs.configure("bench", "error")
    with TemporaryDirectory() as folder, broker.start(Path(folder), kind=asked.broker) as running:
        result = asyncio.run(_measure(running.bootstrap, asked.signals))
        print_line({"bench": "deciding", "signals": asked.signals, **result, "broker": running.description})


if __name__ == "__main__":
    main()
