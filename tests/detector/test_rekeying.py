"""
The re-key stage on the memory bus: what producers spread over partitions comes to one, and is judged as if it had been keyed.
"""

import asyncio

import msgspec
import numpy as np

from detector.worlds import START, WORKLOAD, climb, observe, points, policy, watching
from rollguard_detector.core.revision_book import RevisionBook
from rollguard_detector.inputs.by_content_type import ByContentType
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell.rekeying import GROUP, serve_rekeying
from rollguard_detector.shell.serving import GROUP as DETECTOR
from rollguard_detector.shell.serving import Reading, serve
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.service import Process
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.topics import METRICS, METRICS_KEYED, POLICIES, SIGNALS
from support.lives import said_on

RAW, OTHER = "otlp_metrics", "shop/other"
_STRETCH = points(climb(np.random.default_rng(5), quiet=40, noise=0.05, samples=60))


class World:
    """A bus on which a producer without keys fills four partitions in turn."""

    def __init__(self):
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
        return serve_rekeying(settings, process, ByContentType("own-json"), (RAW,), RevisionBook())

    def _detecting(self, settings, process):
        return serve(settings, process, ByContentType("own-json"), reading=Reading((METRICS_KEYED.name,)))

    async def _run(self, group, topic, begin):
        settings = DetectorSettings()
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
