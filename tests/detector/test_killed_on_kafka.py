"""
Exact state on the real broker: killed 200 times at any call, and said is what an undisturbed one says.

Deaths are those of a task inside this process, on small streams side by side: a process takes a second to start, and the broker
cannot tell the difference. `bench/recovery` kills processes.
"""

import asyncio
import random
import time

import msgspec
import numpy as np
import pytest

from detector.worlds import Arrival, Detector, climb, points, policy
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from rollguard_schemas import codec
from rollguard_schemas.topics import DETECTOR_STATE, METRICS, POLICIES, ROLLOUTS, SIGNALS
from support.lives import Apart, Mortal, live, said_on
from support.topics import create_topics, fresh_name

_STREAMS, _LIVES, _DEATHS = 4, 60, 200
_TOPICS = (METRICS, POLICIES, ROLLOUTS, SIGNALS, DETECTOR_STATE)
_SECONDS_AHEAD = 600.0  # points in the future would be refused, and the broker's clock appends them now


def _log(seed):
    """Return the points of two workloads: one climbs, one jumps and comes back."""
    rng, began = np.random.default_rng(seed), time.time() - _SECONDS_AHEAD
    jump = np.where((np.arange(60) > 30) & (np.arange(60) < 45), 0.4, 0.05) * (1 + 0.05 * rng.standard_normal(60))
    stretches = {"shop/climbing": points(climb(rng, quiet=20, noise=0.05, samples=40)), "shop/jumping": points(jump)}
    first = min(one.time_unix_seconds for stretch in stretches.values() for one in stretch)
    named = [
        msgspec.structs.replace(one, workload=name, time_unix_seconds=one.time_unix_seconds - first + began)
        for name, stretch in stretches.items()
        for one in stretch
    ]
    return sorted(named, key=lambda one: one.time_unix_seconds)


def _policies():
    one = policy()
    return [
        msgspec.structs.replace(one, spec=msgspec.structs.replace(one.spec, workload=name))
        for name in ("shop/climbing", "shop/jumping")
    ]


def _expected(log):
    detector, said = Detector(), {}
    for one in _policies():
        detector.take_policy(one.workload, one)
    for observation in detector.observe_many([Arrival(one, one.time_unix_seconds) for one in log]):
        for signal in observation.signals:
            said.setdefault(signal.workload, []).append(signal)
    return said


class Stream:
    """A small stream of points on topics of its own, and the lives of the detectors that read it."""

    def __init__(self, kafka, suffix, seed):
        self.bus, self.log, self._rng = Apart(kafka, suffix), _log(seed), random.Random(seed)
        self._committed, self._grown = {}, 0

    async def publish(self):
        """Tell the policies, and nothing else yet: points come while detectors live."""
        sink = self.bus.sink()
        await sink.start()
        await sink.publish([codec.encode(POLICIES, one, source="/test") for one in _policies()])
        await sink.stop()

    async def grow(self, count):
        sink = self.bus.sink()
        await sink.start()
        fresh = self.log[self._grown : self._grown + count]
        await sink.publish([codec.encode(METRICS, one, source="/test") for one in fresh])
        self._grown += len(fresh)
        await sink.stop()

    async def live(self, dies_at):
        """Live until all that was published is committed, or death comes; say whether it came."""
        sizes = [self._rng.randint(1, 4) for _ in range(5)]
        mortal = Mortal(self.bus, dies_at=dies_at, poll_sizes=sizes)
        mortal.committed = self._committed
        every = self._rng.choice([0.0, 0.05, 60.0])
        await live(mortal, self.is_over, ends_orderly=False, snapshot_seconds=every, rewind_seconds=0.0)
        return mortal.is_dead

    async def is_over(self):
        await asyncio.sleep(0.002)
        return sum(self._committed.values()) == self._grown

    async def run(self, lives):
        """Publish the log piece by piece, and let a detector live on each piece; return how many were killed."""
        await self.publish()
        killed = 0
        for life in range(lives):
            await self.grow(len(self.log) * (life + 1) // lives - self._grown)
            killed += await self.live(self._rng.randint(2, 12))
        await self.live(None)
        return killed

    async def said(self):
        follower = self.bus.follower([SIGNALS.name])
        await follower.start()
        records = await follower.catch_up()
        await follower.stop()
        return said_on(records)


@pytest.mark.real
async def test_killed_two_hundred_times_it_says_what_an_undisturbed_one_says(kafka_broker):
    suffixes = [fresh_name("-killed") for _ in range(_STREAMS)]
    names = [topic.name + suffix for suffix in suffixes for topic in _TOPICS]
    await create_topics(kafka_broker.bootstrap, names, partitions=1)
    kafka = KafkaBus(SharedSettings(kafka=kafka_broker.bootstrap), client_id="killed", session_timeout_ms=6_000)
    streams = [Stream(kafka, suffix, seed) for seed, suffix in enumerate(suffixes)]
    killed = await asyncio.gather(*(stream.run(_LIVES) for stream in streams))
    assert sum(killed) >= _DEATHS
    for stream in streams:
        assert await stream.said() == _expected(stream.log)
