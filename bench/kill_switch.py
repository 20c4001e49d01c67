"""
How long until a person's command takes effect, while signals wait?

    make -s bench NAME=kill_switch ARGS="[--command NAME] [--broker kafka|embedded] [--trials N] [--in-flight N] [--copies N]"

The real decider, as processes, answers breaches as fast as it can, each of a rollout of its own, so that every answer would act; so
many wait for their answer at any time. Measured is from the moment before the command is published, as the command line publishes
it, to where the log shows its effect:

* ``kill-switch``, ``freeze``: of the whole fleet, to the last decision that acts (zero where none came after); then it is lifted,
  and the time to the first decision that acts again is told as well;
* ``rollback``, ``approve``: of one workload, to the answer.

The limit is one second at the 99th percentile. Beside it stands what the broker alone takes from publishing a command to reading
it, in the same run.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
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
from rollguard_schemas.commands import Approve, Command, Freeze, KillSwitch, RollBackNow, Unfreeze
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
ASKED = "bench/asked"
_WATCHED_SECONDS = 1.5
_ANSWERED_WITHIN_SECONDS = 300.0
_HELD = {"kill-switch": (KillSwitch, {"engaged": True}), "freeze": (Freeze, {})}
_LIFTED = {"kill-switch": (KillSwitch, {"engaged": False}), "freeze": (Unfreeze, {})}
_ANSWERED = ("rollback", "approve")
_TARGET = MlflowAlias(model="m", alias="champion")


class Seen(NamedTuple):
    """A decision's place in time, what it answers, and why it does not act; empty where it would."""

    unix_seconds: float
    reason: str
    answers: tuple[str, ...]
    id: str

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
                    reason = getattr(decision, "reason", "" if decision.mode == "act" else decision.mode)
                    self.seen.append(Seen(record.seconds, reason, decision.signal_ids, decision.id))

    async def until(self, is_it: Callable[[Seen], bool]) -> Seen:
        """Return the first decision of a kind, once there is one."""
        until = time.monotonic() + _ANSWERED_WITHIN_SECONDS
        while time.monotonic() < until:
            found = next((one for one in self.seen if is_it(one)), None)
            if found:
                return found
            await asyncio.sleep(0.02)
        raise TimeoutError(f"nothing of the kind within {_ANSWERED_WITHIN_SECONDS:.0f} s")

    async def until_acting(self, since: float) -> float:
        """Return once decisions act again, the seconds that it took."""
        return (await self.until(lambda one: one.acts and one.unix_seconds > since)).unix_seconds - since


def _policy(workload: str, **more: object) -> RollbackPolicy:
    spec = {
        "workload": workload,
        "target": {"driver": "mlflow-alias", "model": "m", "alias": "champion"},
        "objectives": [{"name": "accuracy", "metric": "accuracy", "below": 0.85}],
        "mode": "act",
        "actOn": {"breach": True},
        "guards": {"cooldownSeconds": 0, "maxRollbacksPerDay": 64},
        **more,
    }
    document = {"apiVersion": "rollguard.dev/v1", "kind": "RollbackPolicy", "metadata": {"name": "bench"}, "spec": spec}
    return msgspec.convert(document, RollbackPolicy)


def _trouble(number: int, workload: str = "") -> list[OutgoingRecord]:
    """Return a rollout and the breach that it caused; each number is another rollout."""
    workload, now = workload or f"bench/w{number % WORKLOADS}", time.time()
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
    number, before = 0, len(decisions.seen)
    while True:
        due = len(decisions.seen) - before + in_flight
        if due > number:
            await sink.publish([record for one in range(number, due) for record in _trouble(one)])
            number = due
        await asyncio.sleep(0.005)


async def _say(sink: Sink, kind: type[Command], workload: str, **what: object) -> tuple[Command, float]:
    """Publish a command as the command line does; return it and the moment before."""
    command = order(kind, workload=workload, by="bench", why="a measurement", time_unix_seconds=time.time(), **what)
    records = addressed(command, partitions=PARTITIONS)
    said = time.time()
    await sink.publish(records)
    return command, said


class Trials:
    """One trial after another of a command; ``times`` are to its effect, ``again`` to the effect of lifting it."""

    def __init__(self, command: str, sink: Sink, decisions: Decisions) -> None:
        self._command, self._sink, self._decisions = command, sink, decisions
        self.times, self.again = list[float](), list[float]()

    async def one(self, number: int) -> None:
        """Say the command, and note how long it took."""
        await (self._answered(number) if self._command in _ANSWERED else self._held())
        print(f"trial {number}: {self.times[-1]:.3f} s", file=sys.stderr)

    async def _held(self) -> None:
        kind, what = _HELD[self._command]
        _, said = await _say(self._sink, kind, FLEET, **what)
        await asyncio.sleep(_WATCHED_SECONDS)
        after = [one.unix_seconds - said for one in self._decisions.seen if one.acts and one.unix_seconds > said]
        self.times.append(max(after, default=0.0))
        kind, what = _LIFTED[self._command]
        _, lifted = await _say(self._sink, kind, FLEET, **what)
        self.again.append(await self._decisions.until_acting(lifted))

    async def _answered(self, number: int) -> None:
        workload = f"{ASKED}-{number}"
        waits = await self._decisions.until(lambda one: _is_asked(one, number))
        if self._command == "approve":
            command, said = await _say(self._sink, Approve, workload, decision_id=waits.id)
        else:
            command, said = await _say(self._sink, RollBackNow, workload)
        answer = await self._decisions.until(lambda one: one.answers == (command.id,))
        if not answer.acts:
            raise RuntimeError(f"the command was answered with {answer.reason}")
        self.times.append(answer.unix_seconds - said)


async def _ask(sink: Sink, decisions: Decisions, trials: int) -> None:
    """Let rollbacks be recommended that a person may approve, before the flood; each of a workload of its own."""
    names = [f"{ASKED}-{number}" for number in range(trials)]
    await sink.publish([encode(POLICIES, _policy(name, approval={"required": True}), source="/bench") for name in names])
    await sink.publish([record for number, name in enumerate(names) for record in _trouble(-1 - number, name)])
    for number in range(trials):
        await decisions.until(lambda one, number=number: _is_asked(one, number))


def _is_asked(one: Seen, number: int) -> bool:
    """Whether this is the recommendation; a breach that is read before its rollout has another answer first."""
    return one.reason == "recommend" and one.answers == (f"si-{-1 - number}",)


async def _echo(sink: Sink, follower: Follower) -> float:
    """Return the seconds from publishing a command until it is read."""
    await follower.catch_up()
    began = time.perf_counter()
    await _say(sink, Unfreeze, FLEET)
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
        trials = Trials(arguments.command, sink, decisions)
        with _deciders(bootstrap, arguments.copies, folder):
            background = [asyncio.ensure_future(decisions.run())]
            try:
                await _ask(sink, decisions, arguments.trials if arguments.command in _ANSWERED else 1)
                began = time.time()
                background.append(asyncio.ensure_future(_load(sink, decisions, arguments.in_flight)))
                await decisions.until_acting(began)
                await asyncio.sleep(5)
                for number in range(arguments.trials):
                    await trials.one(number)
            finally:
                for task in background:
                    task.cancel()
                await asyncio.gather(*background, return_exceptions=True)
        async with _running(bus.follower([COMMANDS.name])) as commands:
            echoes = [await _echo(sink, commands) for _ in range(20)]
    return _told(trials, decisions, echoes, arguments)


def _told(trials: Trials, decisions: Decisions, echoes: list[float], arguments: argparse.Namespace) -> dict[str, object]:
    seconds = decisions.seen[-1].unix_seconds - decisions.seen[0].unix_seconds
    p99 = _p99(trials.times)
    again = {"seconds_to_acting_again_p99": round(_p99(trials.again), 3)} if trials.again else {}
    return {
        "bench": "kill_switch",
        "command": arguments.command,
        "trials": len(trials.times),
        "deciders": arguments.copies,
        "signals_in_flight": arguments.in_flight,
        "answers_per_second": round(len(decisions.seen) / seconds, 1),
        "decisions": dict(Counter(one.reason or "acts" for one in decisions.seen)),
        "seconds_to_effect_p50": round(statistics.median(trials.times), 3),
        "seconds_to_effect_p99": round(p99, 3),
        "seconds_to_effect_max": round(max(trials.times), 3),
        **again,
        "broker_echo_seconds_p50": round(statistics.median(echoes), 4),
        "limit_seconds": LIMIT_SECONDS,
        "ratio_to_limit": round(p99 / LIMIT_SECONDS, 3),
    }


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[98] if len(seconds) > 1 else seconds[0]


def main() -> None:
    """Start a broker and the deciders, measure, print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broker", choices=broker.BROKER_KINDS, default="kafka")
    parser.add_argument("--command", choices=(*_HELD, *_ANSWERED), default="kill-switch")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--in-flight", type=int, default=40, help="signals that wait for an answer at any time")
    parser.add_argument("--copies", type=int, default=1, help="decider processes")
    arguments = parser.parse_args()
    with TemporaryDirectory() as name, broker.start(Path(name), kind=arguments.broker) as running:
        result = asyncio.run(_measure(running.bootstrap, arguments, Path(name)))
        print(json.dumps({**result, "broker": running.description}))


if __name__ == "__main__":
    main()
