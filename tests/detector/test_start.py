"""
The start as a whole, on the bus in memory: history, then the log again, then what is new, and every point learned once.
"""

import asyncio

import numpy as np
import pytest

from detector.histories import write_csv
from detector.test_backfill import Scripted, down
from detector.worlds import START, WORKLOAD, climb, observe, point, points, policy, watching
from rollguard_detector.history.files import FileHistory
from rollguard_detector.inputs.by_content_type import ByContentType
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell.serving import GROUP, serve
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.service import Process
from rollguard_schemas import codec
from rollguard_schemas.signals import RevisionServing
from rollguard_schemas.topics import DETECTOR_STATE, METRICS, POLICIES, SIGNALS

_STRETCH = points(climb(np.random.default_rng(5), quiet=60, noise=0.05, samples=90))
_END = len(_STRETCH)


class World:
    """A bus whose clock is the newest point's time, and a detector that is started on it again and again."""

    def __init__(self):
        self.seconds = START
        self.bus = MemoryBus(partitions=1, now_ms=lambda: int(self.seconds * 1000))
        self.bus.append(codec.encode(POLICIES, policy(), source="/test"))

    def produce(self, stretch):
        for one in stretch:
            self.seconds = one.time_unix_seconds
            self.bus.append(codec.encode(METRICS, one, source="/test"))

    def run(self, *history, **asked):
        """Start a detector, let it read everything there is, and stop it."""
        asyncio.run(asyncio.wait_for(self._run(history, asked), timeout=60))

    async def _run(self, history, asked):
        settings = DetectorSettings(**{"backfill_patience_seconds": 0.05, **asked})
        process = Process("detector", settings, self.bus)
        serving = asyncio.create_task(serve(settings, process, ByContentType("own-json"), history, lambda: self.seconds))
        end = len(self.bus.records(METRICS.name))
        while self.bus.committed[GROUP].get((METRICS.name, 0), 0) < end or not process.progress.is_ready():
            await asyncio.sleep(0.001)
            if serving.done():
                break
        process.stop.set()
        await serving

    def lose_state(self):
        """Begin as if there were no snapshots: their topic is empty."""
        self.bus.logs[DETECTOR_STATE.name, 0].clear()

    def said(self):
        return [codec.decode(SIGNALS, record.value, record.headers).event for record in self.bus.records(SIGNALS.name)]


@pytest.fixture
def history(tmp_path):
    """Return a file with all that ever happened, the log's part included."""
    return FileHistory(write_csv(tmp_path / "history.csv", _STRETCH))


@pytest.fixture
def undisturbed():
    return observe(watching(), _STRETCH)


@pytest.mark.parametrize("reaches_back_to", [0, 30, 60, 94])
def test_history_and_the_log_read_again_teach_every_point_once(history, undisturbed, reaches_back_to):
    world = World()
    world.produce(_STRETCH[:95])
    world.run()
    world.lose_state()
    world.produce(_STRETCH[95:])
    world.run(history, rewind_seconds=world.seconds - (START + reaches_back_to))
    assert world.said() == undisturbed


def test_what_no_log_shows_to_have_been_said_is_said_again_by_the_same_ids(history, undisturbed):
    world = World()
    world.produce(_STRETCH[:95])
    world.run()
    world.lose_state()
    world.produce(_STRETCH[95:])
    world.run(history, rewind_seconds=world.seconds - (START + 95))
    assert len(world.said()) > len(undisturbed)
    assert list({one.id: one for one in world.said()}.values()) == undisturbed


def test_without_history_the_log_alone_is_too_short_to_tell(undisturbed):
    world = World()
    world.produce(_STRETCH[:95])
    world.run()
    world.lose_state()
    world.produce(_STRETCH[95:])
    world.run(rewind_seconds=world.seconds - (START + 95))
    assert world.said() != undisturbed


def test_with_a_snapshot_the_log_goes_on_where_it_ended_and_history_is_not_needed(history, undisturbed):
    world = World()
    world.produce(_STRETCH[:95])
    world.run()
    world.produce(_STRETCH[95:])
    world.run(history, rewind_seconds=0.0)
    assert world.said() == undisturbed


def test_points_of_history_that_come_live_are_late_and_said_by_nobody(history, undisturbed):
    world = World()
    world.produce(_STRETCH)
    world.seconds += 1.0
    world.run(history, rewind_seconds=0.0)
    assert world.said() == []
    world.lose_state()
    world.produce([point(0.5, at=_END + 1)])
    world.run(history, rewind_seconds=world.seconds - (START + _END))
    assert world.said()
    assert {one.id for one in world.said()} <= {one.id for one in undisturbed}


def test_what_history_left_open_is_said_before_what_the_first_live_point_leads_to(history, undisturbed):
    world = World()
    world.produce([point(0.5, at=_END)])
    world.run(history, rewind_seconds=0.5)
    said = world.said()
    assert isinstance(said[0], RevisionServing)
    assert [one for one in undisturbed if one in said] == said
    assert {one.workload for one in said} == {WORKLOAD}


def test_a_history_that_is_down_delays_the_start_and_does_not_prevent_it(undisturbed, capsys):
    world = World()
    world.produce(_STRETCH)
    world.run(Scripted(*[down() for _ in range(100_000)]))
    assert world.said() == undisturbed
    assert "the detector starts without the rest" in capsys.readouterr().out


def test_policies_are_followed_while_history_is_learned():
    world = World()

    class Publishing(Scripted):
        async def read(self, span):
            world.bus.append(codec.encode(POLICIES, policy(horizon_seconds=30.0), source="/test"))
            for _ in range(100):
                await asyncio.sleep(0.001)
            async for one in super().read(span):
                yield one

    world.produce(_STRETCH)
    world.run(Publishing(), backfill_patience_seconds=30.0)
    assert {one.horizon_seconds for one in world.said() if hasattr(one, "horizon_seconds")} == {30.0}
