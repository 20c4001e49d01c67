"""
The state topic: what lies on it, and what becomes of what cannot be put back.
"""

import asyncio

import msgspec
import numpy as np
from prometheus_client import REGISTRY

from detector.worlds import START, WORKLOAD, climb, observe, point, points, policy, watching
from rollguard_detector.shell.state.records import Name, Snapshot, key_of, name_of, read_snapshot
from rollguard_runtime.errors import Permanent
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.topics import DETECTOR_STATE, METRICS, POLICIES, SIGNALS
from support.lives import Mortal, has_read_all, live, said_on

HOME = (METRICS.name, 1)
NAME = Name(WORKLOAD, HOME)
_STRETCH = points(climb(np.random.default_rng(5), quiet=40, noise=0.05, samples=60))
_UNDISTURBED = observe(watching(), _STRETCH)


class World:
    """A bus on which one workload's points all lie in partition 1, as a producer's own partitioner has it."""

    def __init__(self):
        self.seconds = START
        self.bus = MemoryBus(partitions=2, now_ms=lambda: int(self.seconds * 1000))
        self.bus.append(codec.encode(POLICIES, policy(), source="/test"))

    def produce(self, stretch):
        for one in stretch:
            self.seconds = one.time_unix_seconds
            self.bus.append(msgspec.structs.replace(codec.encode(METRICS, one, source="/test"), partition=1))

    def run(self, bus=None, **asked):
        mortal = bus or Mortal(self.bus)
        asyncio.run(asyncio.wait_for(live(mortal, has_read_all(self.bus), **{"rewind_seconds": 0.0, **asked}), 60))
        self.bus.members.clear()

    def snapshots(self):
        """Return what lies on the state topic last, by name."""
        records = [record for record in self.bus.records(DETECTOR_STATE.name) if record.key != b"nobody"]
        return {name_of(record.key): record.value for record in records}

    def said(self):
        return [one for several in said_on(self.bus.records(SIGNALS.name)).values() for one in several]


def _refused(reason):
    return REGISTRY.get_sample_value("rollguard_detector_state_refused_total", {"reason": reason}) or 0.0


def _spoiled(spoil):
    """Return a world whose detector stopped in the middle of a climb, and whose snapshot was spoiled then."""
    world = World()
    world.produce(_STRETCH[:75])
    world.run()
    spoiled = spoil(world.snapshots()[NAME])
    world.bus.append(OutgoingRecord(DETECTOR_STATE.name, key_of(NAME), spoiled, partition=1))
    world.produce(_STRETCH[75:])
    return world


def test_a_snapshot_lies_beside_its_points_and_says_up_to_where_it_knows_them():
    world = World()
    world.produce(_STRETCH)
    world.run()
    assert {record.partition for record in world.bus.records(DETECTOR_STATE.name) if name_of(record.key) == NAME} == {1}
    assert read_snapshot(world.snapshots()[NAME]).reached()[HOME] == len(_STRETCH)
    assert msgspec.msgpack.decode(world.snapshots()[Name("", HOME)]) == len(_STRETCH)


def test_a_snapshot_of_another_format_or_configuration_warms_up_from_the_log_and_is_counted():
    for reason, change in (("format", {"format": 0}), ("configuration", {"digest": "another"})):
        before = _refused(reason)
        world = _spoiled(
            lambda value, change=change: msgspec.msgpack.encode(msgspec.structs.replace(read_snapshot(value), **change))
        )
        world.run(rewind_seconds=900.0)
        assert world.said() == _UNDISTURBED
        assert _refused(reason) == before + 1


def test_bytes_that_are_no_snapshot_stop_nobody_and_are_counted():
    for reason, spoil in (("unreadable", lambda _: b"\xc1"), ("unfit", _with_other_content)):
        before = _refused(reason)
        world = _spoiled(spoil)
        world.run(rewind_seconds=900.0)
        assert world.said() == _UNDISTURBED
        assert _refused(reason) == before + 1


def _with_other_content(value):
    return msgspec.msgpack.encode(msgspec.structs.replace(read_snapshot(value), content=b"no deflate"))


def test_of_two_snapshots_the_one_that_reaches_farther_counts_whoever_wrote_last():
    world = World()
    world.produce(_STRETCH[:60])
    world.run()
    early = world.snapshots()[NAME]
    world.produce(_STRETCH[60:75])
    world.run()
    world.bus.append(OutgoingRecord(DETECTOR_STATE.name, key_of(NAME), early, partition=1))
    world.produce(_STRETCH[75:])
    world.run()
    assert world.said() == _UNDISTURBED


def test_a_workload_that_made_room_for_another_leaves_no_snapshot():
    world = World()
    other = [msgspec.structs.replace(point(at=5000 + n), workload="shop/other") for n in range(3)]
    for stretch in (points([0.05] * 3), other):
        world.produce(stretch)
        world.run(max_series=1)
    assert world.snapshots()[NAME] is None
    assert world.snapshots()[Name("shop/other", HOME)] is not None


class _Narrow(Mortal):
    """A broker that takes no snapshot."""

    def sink(self):
        sink = super().sink()
        publish = sink.publish

        async def published(records):
            if any(record.topic == DETECTOR_STATE.name and record.value and len(record.value) > 50 for record in records):
                raise Permanent("too large")
            await publish(records)

        sink.publish = published
        return sink


def test_a_snapshot_that_the_broker_refuses_holds_back_no_floor_and_leaves_no_older_one():
    before = _refused("too-large")
    world = World()
    world.produce(_STRETCH[:60])
    world.run()
    world.produce(_STRETCH[60:75])
    world.run(_Narrow(world.bus))
    assert world.snapshots()[NAME] is None
    assert msgspec.msgpack.decode(world.snapshots()[Name("", HOME)]) == 75
    assert _refused("too-large") > before


def test_with_few_bytes_a_second_the_floor_stays_behind_and_the_restart_is_exact_all_the_same():
    world = World()
    world.produce(_STRETCH[:75])
    asyncio.run(
        live(Mortal(world.bus, poll_sizes=(30,)), has_read_all(world.bus), ends_orderly=False, snapshot_bytes_per_second=1e-6)
    )
    world.bus.members.clear()
    assert msgspec.msgpack.decode(world.snapshots()[Name("", HOME)]) < 75
    world.produce(_STRETCH[75:])
    world.run()
    assert world.said() == _UNDISTURBED


def test_a_key_of_nobody_is_passed_over():
    world = World()
    world.bus.append(OutgoingRecord(DETECTOR_STATE.name, b"nobody", b"x", partition=1))
    world.produce(_STRETCH[:3])
    world.run()
    assert isinstance(read_snapshot(world.snapshots()[NAME]), Snapshot)
