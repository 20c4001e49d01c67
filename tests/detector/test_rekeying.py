"""
The re-key stage on the memory bus: what producers spread over partitions comes to one, and is judged as if it had been keyed.
"""

import asyncio

import msgspec
import numpy as np

from detector.worlds import START, WORKLOAD, climb, observe, point, points, policy, watching
from rollguard_detector.core.reordering import Reordering
from rollguard_detector.core.revision_book import RevisionBook
from rollguard_detector.core.watermarks import Watermarks
from rollguard_detector.inputs.by_content_type import ByContentType
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell.held_source import HeldSource
from rollguard_detector.shell.rekeying import GROUP, RekeyHandler, serve_rekeying
from rollguard_detector.shell.serving import GROUP as DETECTOR
from rollguard_detector.shell.serving import Reading, serve
from rollguard_runtime.liveness import Progress
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.pump import Pump
from rollguard_runtime.service import Process
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.topics import METRICS, METRICS_KEYED, POLICIES, SIGNALS
from support.lives import said_on

RAW, OTHER = "otlp_metrics", "shop/other"
_STRETCH = points(climb(np.random.default_rng(5), quiet=40, noise=0.05, samples=60))


class World:
    """A bus on which a producer without keys fills four partitions in turn; ``idle_seconds`` of 0: nobody is waited for."""

    def __init__(self, idle_seconds=0.0):
        self.settings = DetectorSettings(rekey_idle_seconds=idle_seconds)
        self.now = START
        self.bus = MemoryBus(partitions=4, now_ms=lambda: int((START + 500) * 1000))
        self.bus.append(codec.encode(POLICIES, policy(), source="/test"))

    def produce(self, stretch):
        for number, one in enumerate(stretch):
            said = codec.encode(METRICS, one, source="/test")
            self.bus.append(OutgoingRecord(RAW, None, said.value, said.headers, partition=number % 4))

    def rekey(self):
        asyncio.run(self._run(GROUP, RAW, self._rekeying))

    def detect(self):
        asyncio.run(self._run(DETECTOR, METRICS_KEYED.name, self._detecting))

    def _rekeying(self, settings, process):
        return serve_rekeying(settings, process, ByContentType("own-json"), (RAW,), RevisionBook(), clock=lambda: self.now)

    def _detecting(self, settings, process):
        return serve(settings, process, ByContentType("own-json"), reading=Reading((METRICS_KEYED.name,)))

    async def _run(self, group, topic, begin):
        settings = self.settings
        process = Process("detector", settings, self.bus)
        serving = asyncio.create_task(begin(settings, process))
        while not await self._is_read(group, topic):
            assert not serving.done()
        process.stop.set()
        await serving

    async def _is_read(self, group, topic):
        await asyncio.sleep(0.001)
        committed = self.bus.committed[group]
        return all(committed.get((topic, n), 0) == len(self.bus.logs[topic, n]) for n in range(4))


def test_a_workload_that_was_spread_comes_to_one_partition_in_the_order_of_its_times():
    world = World()
    world.produce(
        [one for pair in zip(_STRETCH, (msgspec.structs.replace(p, workload=OTHER) for p in _STRETCH), strict=True) for one in pair]
    )
    world.rekey()
    records = world.bus.records(METRICS_KEYED.name)
    for workload in (WORKLOAD, OTHER):
        of_it = [record for record in records if record.key == workload.encode()]
        assert len({record.partition for record in of_it}) == 1
        came = [point for record in of_it for point in codec.decode(METRICS, record.value, record.headers).event.points]
        assert [point.time_unix_seconds for point in came] == [one.time_unix_seconds for one in _STRETCH]


def test_the_detector_says_of_rekeyed_points_what_it_says_of_points_with_a_key():
    world = World()
    world.produce(_STRETCH)
    world.rekey()
    world.detect()
    assert said_on(world.bus.records(SIGNALS.name)) == {WORKLOAD: observe(watching(), _STRETCH)}


def test_what_cannot_be_read_is_dead_lettered_beside_the_topic_that_it_came_from():
    world = World()
    world.bus.append(OutgoingRecord(RAW, None, b"no json", partition=2))
    world.produce(_STRETCH[:8])
    world.rekey()
    assert [record.value for record in world.bus.records(f"{RAW}-dlq")] == [b"no json"]
    assert len(world.bus.records(METRICS_KEYED.name)) == 1


def keyed_times(world):
    """Return the times of all points that the stage wrote, as they lie in the log."""
    records = world.bus.records(METRICS_KEYED.name)
    return [p.time_unix_seconds for one in records for p in codec.decode(METRICS, one.value, one.headers).event.points]


class Stage:
    """The stage on a world of its own, stepped by hand: a poll whenever the test says so."""

    def __init__(self, world=None):
        self.world = world or World(idle_seconds=60.0)
        self.sink, self.stop = self.world.bus.sink(), asyncio.Event()
        watermarks = Watermarks(lateness_seconds=5.0, idle_seconds=60.0)
        handler = RekeyHandler(ByContentType("own-json"), watermarks, Reordering(most_points=1_000), lambda: self.world.now)
        self.source = HeldSource(self.world.bus.source([RAW], group=GROUP, holder=handler), handler, self.sink)
        progress = Progress(stalled_after_seconds=1e9)
        self.pump = Pump(
            name="rekey",
            service="detector",
            source=self.source,
            sink=self.sink,
            handler=handler,
            progress=progress,
            dead_letter_limit=1,
            keeper=self.source,
        )
        progress.expect("rekey")

    def produce(self, partition, *seconds):
        for at in seconds:
            said = codec.encode(METRICS, point(1.0, at=at), source="/test")
            self.world.bus.append(OutgoingRecord(RAW, None, said.value, said.headers, partition=partition))

    async def step(self):
        await self.pump.step(self.stop)
        return [at - START for at in keyed_times(self.world)]


def test_points_wait_for_a_partition_that_lags_behind_and_come_in_order():
    async def lagging():
        stage = Stage()
        await stage.source.start()
        stage.produce(0, 10, 20, 30)
        assert await stage.step() == []
        stage.produce(1, 12, 22)
        stage.produce(2, 40)
        stage.produce(3, 40)
        assert await stage.step() == [10, 12]
        assert stage.world.bus.committed[GROUP] == {(RAW, 0): 1, (RAW, 1): 1}
        stage.world.now += 60
        assert await stage.step() == [10, 12, 20, 22, 30, 40, 40]

    asyncio.run(lagging())


def test_a_stage_that_died_leaves_what_waited_to_the_next():
    async def dying():
        first = Stage()
        await first.source.start()
        first.produce(0, 10, 20)
        assert await first.step() == []
        second = Stage(first.world)
        await first.source.stop()
        await second.source.start()
        assert await second.step() == []
        first.world.now += 60
        assert await second.step() == [10, 20]

    asyncio.run(dying())


def test_a_point_behind_the_watermark_goes_on_at_once():
    async def late():
        stage = Stage()
        await stage.source.start()
        for partition in range(4):
            stage.produce(partition, 100)
        await stage.step()
        stage.produce(0, 3)
        assert await stage.step() == [3]

    asyncio.run(late())
