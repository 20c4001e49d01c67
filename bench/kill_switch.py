"""
How long after the kill switch was pulled could a decision still act?

    make -s bench NAME=kill_switch ARGS="[--broker kafka|embedded] [--trials N] [--in-flight N] [--copies N]"

The real decider, as processes, answers breaches as fast as it can, each of a rollout of its own, so that every answer would act; so
many wait for their answer at any time. In each trial the fleet's kill switch is pulled as ``rollguard kill-switch on`` pulls it;
measured is the time from the moment before it is published to the last acting decision's place on its topic (zero where none came
after). Then it is released, and the next trial begins once decisions act again. The limit is one second at the 99th percentile.
Beside it stands what the broker alone takes from publishing a command to reading it, in the same run.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec

from rollguard_console.local import broker
from rollguard_console.orders import addressed, order
from rollguard_runtime.bus import Follower, Sink
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics
from rollguard_schemas.codec import OutgoingRecord, decode, encode
from rollguard_schemas.commands import KillSwitch
from rollguard_schemas.decisions import RollbackDecided, Withheld
from rollguard_schemas.evidence import Evidence
from rollguard_schemas.fields import FLEET
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.signals import ObjectiveBreached
from rollguard_schemas.targets import MlflowAlias
from rollguard_schemas.topics import COMMANDS, DECISIONS, POLICIES, ROLLOUTS, SIGNALS

PARTITIONS = 4
WORKLOADS = 400
LIMIT_SECONDS = 1.0
_WATCHED_SECONDS = 1.5
_TARGET = MlflowAlias(model="m", alias="champion")


class Seen(NamedTuple):
    """A decision's place in time, and why it does not act; empty where it would."""

    unix_seconds: float
    reason: str

    @property
    def acts(self) -> bool:
        """Whether it would act."""
        return not self.reason


class Decisions:
    """Follows the decisions topic."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self.seen: list[Seen] = []

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            for record in await self._follower.poll(timeout_seconds=0.1):
                decision = decode(DECISIONS, record.value, record.headers).event
                if isinstance(decision, RollbackDecided | Withheld):
                    self.seen.append(Seen(record.seconds, getattr(decision, "reason", "")))

    async def until_acting(self, since: float) -> None:
        """Return once decisions act again."""
        while not any(one.acts and one.unix_seconds > since for one in self.seen):  # noqa: ASYNC110  # nobody sets an event for it
            await asyncio.sleep(0.02)


def _policy(workload: str) -> RollbackPolicy:
    spec = {
        "workload": workload,
        "target": {"driver": "mlflow-alias", "model": "m", "alias": "champion"},
        "objectives": [{"name": "accuracy", "metric": "accuracy", "below": 0.85}],
        "mode": "act",
        "actOn": {"breach": True},
        "guards": {"cooldownSeconds": 0, "maxRollbacksPerDay": 64},
    }
    document = {"apiVersion": "rollguard.dev/v1", "kind": "RollbackPolicy", "metadata": {"name": "bench"}, "spec": spec}
    return msgspec.convert(document, RollbackPolicy)


def _trouble(number: int) -> list[OutgoingRecord]:
    """Return a rollout and the breach that it caused; each number is another rollout."""
    workload, now = f"bench/w{number % WORKLOADS}", time.time()
    old, new = f"good-{number}", f"bad-{number}"
    rollout = RolloutStarted(
        id=f"st-{number}",
        workload=workload,
        time_unix_seconds=now,
        rollout=f"ro-{number}",
        target=_TARGET,
        from_revision=old,
        to_revision=new,
    )
    breach = ObjectiveBreached(
        id=f"si-{number}",
        workload=workload,
        time_unix_seconds=now + 0.001,
        revision=new,
        evidence=Evidence(summary="bench"),
        episode=f"ep-{number}",
        objective="accuracy",
        metric="accuracy",
        bound=0.85,
        direction="below",
        value=0.5,
        consecutive_samples=3,
    )
    return [encode(ROLLOUTS, rollout, source="/bench"), encode(SIGNALS, breach, source="/bench")]


async def _load(sink: Sink, decisions: Decisions, in_flight: int) -> None:
    """Publish troubles for ever, so many ahead of their answers: the decider always has work, and never a queue without end."""
    number = 0
    while True:
        due = len(decisions.seen) + in_flight
        if due > number:
            await sink.publish([record for one in range(number, due) for record in _trouble(one)])
            number = due
        await asyncio.sleep(0.005)


async def _pull(sink: Sink, *, engaged: bool) -> float:
    """Pull or release the fleet's kill switch; return the moment before it was published."""
    command = order(KillSwitch, workload=FLEET, engaged=engaged, by="bench", why="a measurement", time_unix_seconds=time.time())
    records = addressed(command, partitions=PARTITIONS)
    pulled = time.time()
    await sink.publish(records)
    return pulled


async def _trial(sink: Sink, decisions: Decisions, number: int) -> float:
    """Return the seconds from pulling to the last decision that acts."""
    pulled = await _pull(sink, engaged=True)
    await asyncio.sleep(_WATCHED_SECONDS)
    after = [one.unix_seconds - pulled for one in decisions.seen if one.acts and one.unix_seconds > pulled]
    released = await _pull(sink, engaged=False)
    await decisions.until_acting(released)
    print(f"trial {number}: {max(after, default=0.0):.3f} s", file=sys.stderr)
    return max(after, default=0.0)


async def _echo(sink: Sink, follower: Follower) -> float:
    """Return the seconds from publishing a command until it is read."""
    await follower.catch_up()
    began = time.perf_counter()
    await _pull(sink, engaged=False)
    while not await follower.poll(timeout_seconds=1.0):
        continue
    return time.perf_counter() - began


@contextmanager
def _deciders(bootstrap: str, copies: int, folder: Path) -> Iterator[list[Popen[bytes]]]:
    environment = {**os.environ, "ROLLGUARD_KAFKA": bootstrap, "ROLLGUARD_LOG_LEVEL": "warning"}
    with (folder / "decider.log").open("w") as log:
        running = [Popen([sys.executable, "-m", "rollguard_decider", "run"], env=environment, stderr=log) for _ in range(copies)]
        try:
            yield running
        finally:
            for process in running:
                process.kill()
                process.wait()


@asynccontextmanager
async def _running(end: Any) -> AsyncIterator[Any]:
    await end.start()
    try:
        yield end
    finally:
        await end.stop()


async def _measure(bootstrap: str, arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    settings = SharedSettings(kafka=bootstrap)
    await apply_topics(settings, partitions=PARTITIONS, replication=1)
    bus = KafkaBus(settings, client_id="bench")
    async with _running(bus.sink()) as sink, _running(bus.follower([DECISIONS.name])) as follower:
        await sink.publish([encode(POLICIES, _policy(f"bench/w{number}"), source="/bench") for number in range(WORKLOADS)])
        decisions = Decisions(follower)
        with _deciders(bootstrap, arguments.copies, folder):
            began = time.time()
            background = [
                asyncio.ensure_future(_load(sink, decisions, arguments.in_flight)),
                asyncio.ensure_future(decisions.run()),
            ]
            try:
                await decisions.until_acting(began)
                await asyncio.sleep(5)
                trials = [await _trial(sink, decisions, number) for number in range(arguments.trials)]
            finally:
                for task in background:
                    task.cancel()
                await asyncio.gather(*background, return_exceptions=True)
        async with _running(bus.follower([COMMANDS.name])) as commands:
            echoes = [await _echo(sink, commands) for _ in range(20)]
    return _told(trials, decisions, echoes, arguments)


def _told(trials: list[float], decisions: Decisions, echoes: list[float], arguments: argparse.Namespace) -> dict[str, object]:
    seconds = decisions.seen[-1].unix_seconds - decisions.seen[0].unix_seconds
    p99 = statistics.quantiles(trials, n=100, method="inclusive")[98]
    return {
        "bench": "kill_switch",
        "trials": len(trials),
        "deciders": arguments.copies,
        "signals_in_flight": arguments.in_flight,
        "answers_per_second": round(len(decisions.seen) / seconds, 1),
        "decisions": dict(Counter(one.reason or "acts" for one in decisions.seen)),
        "seconds_to_last_acting_p50": round(statistics.median(trials), 3),
        "seconds_to_last_acting_p99": round(p99, 3),
        "seconds_to_last_acting_max": round(max(trials), 3),
        "broker_echo_seconds_p50": round(statistics.median(echoes), 4),
        "limit_seconds": LIMIT_SECONDS,
        "ratio_to_limit": round(p99 / LIMIT_SECONDS, 3),
    }


def main() -> None:
    """Start a broker and the deciders, measure, print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broker", choices=broker.BROKER_KINDS, default="kafka")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--in-flight", type=int, default=40, help="signals that wait for an answer at any time")
    parser.add_argument("--copies", type=int, default=1, help="decider processes")
    arguments = parser.parse_args()
    with TemporaryDirectory() as name, broker.start(Path(name), kind=arguments.broker) as running:
        result = asyncio.run(_measure(running.bootstrap, arguments, Path(name)))
        print(json.dumps({**result, "broker": running.description}))


if __name__ == "__main__":
    main()
