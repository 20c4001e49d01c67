"""
The decider killed with SIGKILL at random moments under a steady stream of signals: nothing unanswered, nothing answered twice, and
how long nobody answered each time.

    make -s bench NAME=decider_killed ARGS="--broker kafka --kills 100 --workers 1"

The time of a failover runs from the kill until every workload has an answer to a signal that was published after it; it includes
the start of the new process. With two workers one is killed and the other takes over.
"""

import argparse
import asyncio
import random
import signal
import statistics
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scoring.one_line import print_line

from rollguard_console.local import broker
from rollguard_runtime import logs
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics
from rollguard_schemas.codec import decode, encode
from rollguard_schemas.decisions import Action
from rollguard_schemas.topics import DECISIONS, POLICIES, ROLLOUTS, SIGNALS

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

LIMIT_SECONDS = 10.0
_WORKLOADS, _EVERY_SECONDS, _GIVE_UP_SECONDS = 4, 0.1, 120.0


class Stream:
    """Signals as they are published, and their answers as they come."""

    def __init__(self, bus: KafkaBus) -> None:
        self._bus = bus
        self.names = [f"shop/killed-{number}" for number in range(_WORKLOADS)]
        self.published: dict[str, tuple[float, str]] = {}
        self.answered: Counter[str] = Counter()
        self.acted: set[str] = set()
        self.first_answer: dict[str, float] = {}

    async def begin(self, sink: Any) -> None:
        """Publish policies and rollouts."""
        from decider.stories import policy, started  # noqa: PLC0415  # lies beside the tests

        await sink.publish([encode(POLICIES, policy(workload=name), source="/bench") for name in self.names])
        await sink.publish([encode(ROLLOUTS, started(f"{name}-ro", workload=name), source="/bench") for name in self.names])

    async def speak(self, sink: Any, stop: asyncio.Event) -> None:
        """Publish one signal a while, until told to stop."""
        from decider.stories import breach  # noqa: PLC0415  # lies beside the tests

        while not stop.is_set():
            number = len(self.published)
            said = breach(f"s-{number}", at=60 + number / 100, workload=self.names[number % _WORKLOADS], episode=f"ep-{number}")
            self.published[said.id] = (time.monotonic(), said.workload)
            await sink.publish([encode(SIGNALS, said, source="/bench")])
            await asyncio.sleep(_EVERY_SECONDS)

    async def listen(self, follower: Any) -> None:
        """Note every answer."""
        while True:
            for record in await follower.poll(timeout_seconds=0.05):
                decision = decode(DECISIONS, record.value, record.headers).event
                for one in decision.signal_ids:
                    self.first_answer.setdefault(one, time.monotonic())
                    if isinstance(decision, Action):
                        self.acted.add(one)
                    else:
                        self.answered[one] += 1

    def served_since(self, moment: float) -> bool:
        """Whether every workload has an answer to a signal that came after a moment."""
        return len({name for one, (at, name) in self.published.items() if at > moment and one in self.first_answer}) == _WORKLOADS

    @property
    def unanswered(self) -> set[str]:
        """Signals that nobody answered yet."""
        return set(self.published) - set(self.first_answer)


def _worker(bootstrap: str, number: int, log: Path) -> Any:
    from decider.process import decider  # noqa: PLC0415  # as above

    return decider(bootstrap, log, group="killed", instance_id=f"killed-{number}", unanswered_after_seconds="5")


async def _kill_again_and_again(
    stream: Stream, stop: asyncio.Event, bootstrap: str, asked: argparse.Namespace, log: Path
) -> list[float]:
    numbers, times = random.Random(asked.seed), list[float]()
    workers = [_worker(bootstrap, number, log) for number in range(asked.workers)]
    running = [worker.__enter__() for worker in workers]
    try:
        await _until(lambda: stream.served_since(0.0))
        until = time.monotonic() + asked.at_most_seconds
        for _ in range(asked.kills):
            if time.monotonic() > until:
                break
            await asyncio.sleep(numbers.uniform(0.2, 4.0))
            victim, moment = numbers.randrange(asked.workers), time.monotonic()
            running[victim].kill()
            running[victim].wait()
            if asked.workers == 1:
                workers[0] = _worker(bootstrap, 0, log)
                running[0] = workers[0].__enter__()
            await _until(lambda moment=moment: stream.served_since(moment))
            times.append(time.monotonic() - moment)
            if asked.workers > 1:
                workers[victim] = _worker(bootstrap, victim, log)
                running[victim] = workers[victim].__enter__()
        return times
    finally:
        stop.set()  # the last answers can only be waited for once nothing new is asked
        with suppress(TimeoutError):
            await _until(lambda: not stream.unanswered)
        for worker in workers:
            worker.__exit__(None, None, None)


async def _until(is_so: Any) -> None:
    until = time.monotonic() + _GIVE_UP_SECONDS
    while not is_so():  # what is waited for is said by another process
        if time.monotonic() > until:
            raise TimeoutError("nobody answered for two minutes")
        await asyncio.sleep(0.02)


async def _measure(bootstrap: str, asked: argparse.Namespace, log: Path) -> dict[str, object]:
    settings = SharedSettings(kafka=bootstrap)
    await apply_topics(settings, partitions=4, replication=1)
    bus = KafkaBus(settings, client_id="bench")
    sink, follower, stop = bus.sink(), bus.follower([DECISIONS.name]), asyncio.Event()
    await sink.start()
    await follower.start()
    stream = Stream(bus)
    await stream.begin(sink)
    speaking, listening = asyncio.ensure_future(stream.speak(sink, stop)), asyncio.ensure_future(stream.listen(follower))
    times = await _kill_again_and_again(stream, stop, bootstrap, asked, log)
    await speaking
    listening.cancel()
    await sink.stop()
    await follower.stop()
    return {
        "kills": len(times),
        "workers": asked.workers,
        "signals": len(stream.published),
        "unanswered": len(stream.unanswered),
        "answered_twice": sum(count > 1 for count in stream.answered.values()),
        "rollbacks": len(stream.acted),
        "workloads": _WORKLOADS,
        "failover_median_seconds": statistics.median(times),
        "failover_p90_seconds": statistics.quantiles(times, n=10, method="inclusive")[8],
        "failover_worst_seconds": max(times),
        "failovers_within_limit": sum(one <= LIMIT_SECONDS for one in times),
        "ratio_of_worst_to_limit": max(times) / LIMIT_SECONDS,
    }


def main() -> None:
    """Start a broker, kill, and print one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--broker", choices=broker.BROKER_KINDS, default="kafka")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--at-most-seconds", type=float, default=3600.0, help="no further kill begins after that")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logs.configure("bench", "error")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whoever ends this ends the workers with it
    with TemporaryDirectory() as folder, broker.start(Path(folder), kind=asked.broker) as running:
        result = asyncio.run(_measure(running.bootstrap, asked, Path(folder, "decider.log")))
        print_line({"bench": "decider_killed", **result, "broker": running.description})


if __name__ == "__main__":
    main()
