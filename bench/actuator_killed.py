"""
Actuators killed with SIGKILL, put to sleep and cut off at random requests while they roll back: nothing done twice, nothing undone
again, one end a decision, and each success proven.

    make -s bench NAME=actuator_killed ARGS="--rollbacks 200 --strikes 40"

Two actuators as processes with one lease, a real broker, the real control plane (or ``ROLLGUARD_KUBECONFIG``); before each actuator
stands a proxy that strikes at a request drawn at random: SIGKILL before the server heard of it or after it acted, its answer lost,
an error in its place, or SIGSTOP until the other took over. Every decision is delivered twice. Moves are counted where they pass
the proxies; whether anything was undone again is asked of the server, which numbers the templates that a Deployment had.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from load.actuators import KINDS, Post
from load.deployments import Revisions, decision, made
from scoring.one_line import print_line

from rollguard_console.local import broker
from rollguard_runtime import logs
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics
from rollguard_schemas.codec import decode, encode
from rollguard_schemas.event import type_name
from rollguard_schemas.evidence import Evidence
from rollguard_schemas.outcomes import ActionApplied, Outcome, Succeeded
from rollguard_schemas.signals import RevisionServing
from rollguard_schemas.topics import DECISIONS, OUTCOMES, SIGNALS

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from controlplane import build, process  # after the path

# A Deployment is made, rolled out a second time, and taken back: its controller numbers each use of a template anew.
_NUMBER, _LAST_NUMBER = "deployment.kubernetes.io/revision", 3
# What a rollback asks about its Deployment: a strike at one of these finds it at a random step.
_REQUESTS = 4
_WITHIN_SECONDS, _GIVE_UP_SECONDS = 600.0, 400.0


class Listener:
    """Hears outcomes, and lets telemetry report every revision that was restored."""

    def __init__(self, bus: KafkaBus) -> None:
        self._sink, self._follower = bus.sink(), bus.follower([OUTCOMES.name])
        self.said: dict[str, dict[str, type[Outcome]]] = defaultdict(dict)

    async def run(self) -> None:
        """Follow for ever."""
        await self._sink.start()
        await self._follower.start()
        while True:
            for record in await self._follower.poll(timeout_seconds=0.1):
                outcome = decode(OUTCOMES, record.value, record.headers).event
                is_news = outcome.id not in self.said[outcome.decision_id]
                self.said[outcome.decision_id][outcome.id] = type(outcome)
                if is_news and isinstance(outcome, ActionApplied):
                    await self._sink.publish([encode(SIGNALS, _serving(outcome), source="/bench")])

    async def stop(self) -> None:
        """Let go of the topics."""
        await self._follower.stop()
        await self._sink.stop()

    def ends(self, decision_id: str) -> list[type[Outcome]]:
        """Return the ends of a decision, of which there must be one."""
        return [kind for kind in self.said[decision_id].values() if kind is not ActionApplied]


def _serving(applied: ActionApplied) -> RevisionServing:
    return RevisionServing(
        id=f"serving-{applied.id}",
        workload=applied.workload,
        time_unix_seconds=time.time(),  # the bench is its own telemetry
        revision=applied.target_revision,
        previous_revision=applied.suspect_revision,
        evidence=Evidence(summary="-"),
    )


async def _strike_again_and_again(
    asked: argparse.Namespace, posts: list[Post], namespace: str, found: Revisions, bus: KafkaBus
) -> Any:
    listener, sink, numbers = Listener(bus), bus.sink(), random.Random(asked.seed)
    listening = asyncio.ensure_future(listener.run())
    await sink.start()
    names, began, seen = list(found), time.monotonic(), Counter[str]()
    share = -(-len(names) // asked.strikes)
    for number in range(asked.strikes):
        batch = names[number * share : (number + 1) * share]
        kind, after = numbers.choice(KINDS), numbers.randrange(_REQUESTS * max(1, len(batch)))
        for post in posts:
            post.proxy.arm(kind, after)
        now: Any = time.time()
        made_of = [decision(namespace, name, found[name], at_unix_seconds=now, within_seconds=_WITHIN_SECONDS) for name in batch]
        await sink.publish([encode(DECISIONS, one, source="/bench") for one in made_of * 2])
        at = time.monotonic()
        await _until_ended(posts, listener, [one.id for one in made_of])
        struck = [one for post in posts for one in post.proxy.taken()]
        seen.update(struck)
        print(f"strike {number + 1}: {struck}, {time.monotonic() - at:.0f} s", file=sys.stderr)  # it takes a quarter of an hour
        if time.monotonic() - began > asked.seconds:
            names = names[: (number + 1) * share]
            break
    await asyncio.sleep(1)  # a second end, were there one, would come right after the first
    listening.cancel()
    await listener.stop()
    await sink.stop()
    return names, listener, seen


async def _until_ended(posts: list[Post], listener: Listener, ids: list[str]) -> None:
    give_up = time.monotonic() + _GIVE_UP_SECONDS
    while not all(listener.ends(one) for one in ids):
        for post in posts:
            post.look_after()
        if time.monotonic() > give_up:
            break
        await asyncio.sleep(0.05)


async def _measure(asked: argparse.Namespace, bootstrap: str, cluster: Any, folder: Path) -> dict[str, object]:
    await apply_topics(SharedSettings(kafka=bootstrap), partitions=4, replication=1)
    namespace, found = await asyncio.to_thread(made, cluster, asked.rollbacks)
    with ExitStack() as stack:
        posts = [stack.enter_context(Post(name, cluster, namespace, bootstrap, folder)) for name in ("a", "b")]
        bus = KafkaBus(SharedSettings(kafka=bootstrap), client_id="bench")
        began = time.monotonic()
        names, listener, seen = await _strike_again_and_again(asked, posts, namespace, found, bus)
        seconds, processes = time.monotonic() - began, sum(post.started for post in posts)
    moves = sum((post.proxy.moves for post in posts), Counter[str]())
    live = {name: cluster.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}") for name in names}
    ends = {name: listener.ends(f"decision-{name}") for name in names}
    return {
        "rollbacks": len(names),
        "struck": dict(sorted(seen.items())),
        "processes": processes,
        "moves": sum(moves.values()),
        "double_actions": sum(count > 1 for count in moves.values()),
        "toggles": sum(int(one["metadata"]["annotations"][_NUMBER]) > _LAST_NUMBER for one in live.values()),
        "left_on_the_suspect": sum(_image(one) != "model:v1" for one in live.values()),
        "without_an_end": sum(not kinds for kinds in ends.values()),
        "with_two_ends": sum(len(kinds) > 1 for kinds in ends.values()),
        "verified": sum(kinds == [Succeeded] for kinds in ends.values()),
        "ends": dict(Counter(type_name(kind) for kinds in ends.values() for kind in kinds)),
        "seconds": seconds,
    }


def _image(deployment: Any) -> str:
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def main() -> None:
    """Start the parts, strike, and print one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--broker", choices=broker.BROKER_KINDS, default="kafka")
    parser.add_argument("--rollbacks", type=int, default=200)
    parser.add_argument("--strikes", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=1500, help="begin no further strike after so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where logs are kept; without it they go with the run")
    asked = parser.parse_args()
    logs.configure("bench", "error")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whoever ends this ends the actuators with it
    given = os.environ.get("ROLLGUARD_KUBECONFIG")
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(TemporaryDirectory()))
        plane = stack.enter_context(process.GivenCluster(given) if given else process.start(build.build(), folder / "plane"))
        running = stack.enter_context(broker.start(folder, kind=asked.broker))
        result = asyncio.run(_measure(asked, running.bootstrap, plane.cluster, folder))
        print_line({"bench": "actuator_killed", **result, "broker": running.description, "cluster": plane.description})


if __name__ == "__main__":
    main()
