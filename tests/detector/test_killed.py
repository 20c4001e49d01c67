"""
Exact state as a law: whenever and however often a detector is killed, what is said is what an undisturbed one would have said.
"""

import asyncio
from functools import partial

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import LATENCY_OBJECTIVE, START, climb, points, policy
from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_detector.shell.serving import GROUP
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas import codec
from rollguard_schemas.topics import METRICS, POLICIES, SIGNALS
from support.lives import Mortal, has_read_all, live, said_on

NAMES = [f"shop/scorer-{number}" for number in range(4)]
_PARTITIONS, _AGED = 2, 175
_TIGHTER = msgspec.structs.replace(LATENCY_OBJECTIVE, above=0.2)


def _log(seed):
    """Return the points of four workloads: a climb, a step, a quiet one, and one that is not heard for a while."""
    rng = np.random.default_rng(seed)
    climbing = points(climb(rng, quiet=40, noise=0.05, samples=70))
    stepping = points(np.where(np.arange(_AGED) > 150, 0.5, 0.05) * (1 + 0.05 * rng.standard_normal(_AGED)), revision="3")
    quiet = points(0.05 + 0.001 * rng.standard_normal(60), step=2.0)
    pausing = points(0.05 + 0.001 * rng.standard_normal(20)) + points(climb(rng, quiet=5, noise=0.05), start=70)
    named = zip(NAMES, (climbing, stepping, quiet, pausing), strict=True)
    every = [msgspec.structs.replace(one, workload=name) for name, stretch in named for one in stretch]
    return sorted(every, key=lambda one: one.time_unix_seconds)


def _policies(*objectives):
    return [msgspec.structs.replace(one, spec=msgspec.structs.replace(one.spec, workload=name))
            for name, one in ((name, policy(*objectives)) for name in NAMES[:3])]  # fmt: skip


def _expected(stretches, partitions=_PARTITIONS):
    """Return what a detector says that nobody disturbs, by workload; each stretch has its policies."""
    broker, detector, said = Broker(partitions), Detector(), {}
    for policies, stretch in stretches:
        for one in policies:
            detector.take_policy(one.workload, one)
        for observation in detector.observe_many(broker.arrivals(stretch)):
            for signal in observation.signals:
                said.setdefault(signal.workload, []).append(signal)
    return said


class Broker:
    """A memory bus whose clock is the newest point's time."""

    def __init__(self, partitions=_PARTITIONS):
        self.seconds = START
        self.bus = MemoryBus(partitions=partitions, now_ms=lambda: int(self.seconds * 1000))

    def tell(self, policies, stretch):
        for one in policies:
            self.bus.append(codec.encode(POLICIES, one, source="/test"))
        for one in stretch:
            self.seconds = one.time_unix_seconds
            self.bus.append(codec.encode(METRICS, one, source="/test"))

    def arrivals(self, stretch):
        """Return points as the records of a log bring them."""
        before = {place: len(log) for place, log in self.bus.logs.items()}
        self.tell([], stretch)
        fresh = {place: log[before.get(place, 0) :] for place, log in self.bus.logs.items() if place[0] == METRICS.name}
        arrivals = [
            Arrival(codec.decode(METRICS, record.value, record.headers).event, record.seconds, place)
            for place, log in fresh.items()
            for record in log
        ]
        return sorted(arrivals, key=lambda arrival: arrival.received_at_seconds)

    async def run(self, deaths, sizes, **asked):
        """Live and die as told, then once more until everything is read."""
        for dies_at in deaths:
            await live(Mortal(self.bus, dies_at=dies_at, poll_sizes=sizes), has_read_all(self.bus), ends_orderly=False, **asked)
            self.bus.members.clear()
        await live(Mortal(self.bus, poll_sizes=sizes), has_read_all(self.bus), ends_orderly=False, **asked)
        self.bus.members.clear()

    def said(self):
        return said_on(self.bus.records(SIGNALS.name))


_deaths = st.lists(st.integers(1, 120), min_size=1, max_size=6)
_sizes = st.lists(st.integers(5, 60), min_size=1, max_size=4)
_stretches = [(_policies(), _log(1)[:260]), (_policies(_TIGHTER), _log(1)[260:])]
_undisturbed = _expected(_stretches)


@settings(max_examples=3)
@given(_deaths, _deaths, _sizes, st.sampled_from([0.0, 0.02, 60.0]))
def test_whenever_it_is_killed_it_says_what_an_undisturbed_one_says(first, second, sizes, snapshot_seconds):
    """The second half comes under other policies, which were told while nobody was there to hear."""
    broker = Broker()
    for deaths, (policies, stretch) in zip((first, second), _stretches, strict=True):
        broker.tell(policies, stretch)
        asyncio.run(asyncio.wait_for(broker.run(deaths, sizes, snapshot_seconds=snapshot_seconds, rewind_seconds=0.0), 60))
    assert broker.said() == _undisturbed


class Group:
    """Detectors that come and go as the group's commits grow."""

    def __init__(self, broker):
        self._bus = broker.bus

    async def _has_committed(self, count):
        await asyncio.sleep(0.001)
        return sum(self._bus.committed[GROUP].values()) >= count

    async def member(self, comes_at, goes_at, *, ends_orderly, sizes):
        while not await self._has_committed(comes_at):
            pass
        is_over = partial(self._has_committed, goes_at)
        await live(Mortal(self._bus, poll_sizes=sizes), is_over, ends_orderly=ends_orderly, rewind_seconds=0.0)


@settings(max_examples=2)
@given(st.lists(st.integers(0, 380), min_size=4, max_size=4).map(sorted), st.lists(st.booleans(), min_size=2, max_size=2), _sizes)
def test_members_that_come_and_go_say_together_what_one_alone_says(moments, orderly, sizes):
    """Two, then three, then one: whoever goes stops in order or in the middle of something."""
    log, broker = _log(1), Broker(partitions=4)
    broker.tell(_policies(), log)
    group = Group(broker)
    second_comes, third_comes, first_goes, second_goes = moments
    members = (
        group.member(0, first_goes, ends_orderly=orderly[0], sizes=sizes),
        group.member(second_comes, second_goes, ends_orderly=orderly[1], sizes=sizes),
        group.member(third_comes, len(log), ends_orderly=True, sizes=sizes),
    )

    async def run():
        await asyncio.wait_for(asyncio.gather(*members), 60)

    asyncio.run(run())
    assert broker.said() == _expected([(_policies(), log)], partitions=4)


def test_the_log_of_these_tests_makes_the_detector_speak():
    assert {type(signal).__name__ for signals in _undisturbed.values() for signal in signals} >= {
        "AnomalyOpened",
        "BreachForecast",
        "ObjectiveBreached",
        "RevisionServing",
    }
    assert len(_undisturbed) == len(NAMES)
