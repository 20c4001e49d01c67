"""
Learning history: in silence, once, and never at the price of not starting.
"""

import asyncio
import time

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from detector.histories import write_csv
from detector.worlds import START, WORKLOAD, climb, observe, point, points, watching
from rollguard_detector.core.history import Span, Stretch, Unread, span_before
from rollguard_detector.core.learned import Learned
from rollguard_detector.history.files import FileHistory
from rollguard_detector.history.nothing import NoHistory
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell.backfill import Backfill
from rollguard_detector.shell.reading import Reading
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_runtime.liveness import Progress

EVER = Span(START - 1000, START + 10_000)


class Scripted:
    """A source that gives what it was told to, one entry a turn: a stretch, an error, or an event that is waited for."""

    name = "scripted"

    def __init__(self, *script):
        self.script = list(script)
        self.asked = []

    async def read(self, span):
        self.asked.append(span.since_seconds)
        while self.script:
            step = self.script.pop(0)
            if isinstance(step, Exception):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            else:
                yield step


def stretch(stretch_points, *, unread=()):
    return Stretch(stretch_points[-1].time_unix_seconds + 0.5 if stretch_points else START, tuple(stretch_points), tuple(unread))


def down():
    return Temporary("nobody there", retry_after_seconds=0.0)


class Learning:
    """A detector that is taught by sources; ``quiet`` is what it would have said."""

    def __init__(self, detector=None, **asked):
        self.detector = detector or watching()
        self.progress = Progress(stalled_after_seconds=60)
        self.stop = asyncio.Event()
        self.backfill = Backfill(self.detector, self.progress, DetectorSettings(**{"backfill_patience_seconds": 0.2, **asked}))

    async def teach(self, *sources, span=EVER):
        await self.backfill.run(sources, span, self.stop)


def taught(*sources, **asked):
    learning = Learning(**asked)
    asyncio.run(learning.teach(*sources))
    return learning


def _counted(name, **labels):
    return REGISTRY.get_sample_value(f"rollguard_detector_backfill_{name}", labels) or 0.0


@settings(max_examples=12)
@given(seed=st.integers(0, 1000), cut=st.integers(1, 149), backwards=st.booleans())
def test_history_from_a_file_teaches_what_the_same_points_teach_live(tmp_path_factory, seed, cut, backwards):
    stretch_points = points(climb(np.random.default_rng(seed), quiet=60, noise=0.1, samples=90))
    live = watching()
    observe(live, stretch_points[:cut])
    rows = stretch_points[:cut][::-1] if backwards else stretch_points[:cut]
    history = FileHistory(write_csv(tmp_path_factory.mktemp("history") / "history.csv", rows))
    learned = taught(history).detector
    assert msgspec.json.encode(observe(learned, stretch_points[cut:])) == msgspec.json.encode(observe(live, stretch_points[cut:]))


def test_no_history_teaches_nothing():
    learning = taught(NoHistory())
    assert learning.detector.series_count == 0
    assert learning.progress.complaint() is None


def test_a_source_that_fails_is_read_on_from_where_it_came_to():
    first, second = points([0.05] * 20), points([0.06] * 20, start=20)
    source = Scripted(stretch(first), down(), down(), stretch(second))
    learning = taught(source)
    assert source.asked == [EVER.since_seconds, first[-1].time_unix_seconds + 0.5, first[-1].time_unix_seconds + 0.5]
    alone = watching()
    observe(alone, [*first, *second])
    more = points(climb(np.random.default_rng(5), quiet=60, noise=0.05), start=40)
    assert observe(learning.detector, more) == observe(alone, more)


def test_a_source_that_stays_down_costs_the_patience_and_no_more(capsys):
    failed = _counted("errors_total", kind="temporary")
    began = time.time()
    learning = taught(Scripted(*[down() for _ in range(10_000)]), backfill_patience_seconds=0.05)
    assert learning.detector.series_count == 0
    assert "the detector starts without the rest" in capsys.readouterr().out
    assert _counted("errors_total", kind="temporary") > failed
    assert _counted("last_error_timestamp_seconds") >= began - 1
    assert _counted("sources", state="cut-short") == 1
    assert _counted("behind_seconds") == EVER.until_seconds - EVER.since_seconds


def test_what_came_before_a_source_was_given_up_is_kept():
    first = points([0.05] * 20)
    learning = taught(Scripted(stretch(first), Permanent("gone")))
    assert learning.backfill.learned.covers(first[-1])
    assert _counted("behind_seconds") == EVER.until_seconds - first[-1].time_unix_seconds - 0.5


def test_a_source_that_is_given_up_leaves_the_others_their_time():
    learning = taught(Scripted(Permanent("gone")), Scripted(stretch(points([0.05] * 20))))
    assert learning.detector.series_count == 1
    assert (_counted("sources", state="cut-short"), _counted("sources", state="read")) == (1, 1)


def test_a_source_that_says_nothing_is_given_up():
    learning = taught(Scripted(asyncio.Event()), backfill_patience_seconds=0.01)
    assert learning.detector.series_count == 0


async def test_waiting_for_a_source_is_alive_and_not_ready():
    learning = Learning(backfill_patience_seconds=600)
    began = asyncio.Event()
    answered = asyncio.Event()

    class Slow(Scripted):
        async def read(self, span):
            began.set()
            await answered.wait()
            yield stretch(points([0.05]))

    running = asyncio.create_task(learning.teach(Slow()))
    await began.wait()
    assert learning.progress.complaint() is None
    assert not learning.progress.is_ready()
    answered.set()
    await running
    assert learning.detector.series_count == 1


async def test_a_loop_that_does_not_go_round_while_history_is_learned_is_complained_about():
    clock = [0.0]
    progress = Progress(stalled_after_seconds=10, clock=lambda: clock[0])
    reading = Reading(NoHistory(), EVER, patience_seconds=1, progress=progress)
    progress.expect("backfill")
    clock[0] = 11.0
    assert "loop backfill has not gone round" in progress.complaint()
    assert [one.points async for one in reading.stretches(asyncio.Event())] == [()]
    assert progress.complaint() is None


async def test_a_stop_is_heard_while_a_source_says_nothing():
    learning = Learning(backfill_patience_seconds=600)
    running = asyncio.create_task(learning.teach(Scripted(asyncio.Event())))
    await asyncio.sleep(0)
    learning.stop.set()
    await asyncio.wait_for(running, timeout=30)
    assert learning.detector.series_count == 0


async def test_a_stop_is_heard_while_a_source_is_down():
    learning = Learning(backfill_patience_seconds=600)
    running = asyncio.create_task(learning.teach(Scripted(Temporary("down", retry_after_seconds=300))))
    await asyncio.sleep(0)
    learning.stop.set()
    await asyncio.wait_for(running, timeout=30)


def test_what_cannot_be_read_is_named_and_counted_and_stops_nothing(capsys):
    before = _counted("unread_total")
    odd = [Unread(f"x.csv: line {number}", "odd", "mend it") for number in range(30)]
    learning = taught(Scripted(stretch(points([0.05]), unread=odd)))
    assert learning.detector.series_count == 1
    assert _counted("unread_total") == before + 30
    told = capsys.readouterr().out
    assert "x.csv: line 0" in told
    assert told.count("history unread") == 20


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Scripted(Permanent("gone")), "history cannot be read: gone; or set ROLLGUARD_DETECTOR_BACKFILL_ON_TROUBLE=go-on"),
        (Scripted(stretch(points([0.05]), unread=[Unread("x: line 1", "odd")])), "x: line 1: odd; or set"),
    ],
)
def test_it_stops_the_start_where_it_is_told_to(source, words):
    with pytest.raises(Permanent, match=words):
        taught(source, backfill_on_trouble="stop")


def test_what_history_told_is_counted():
    learned, late = _counted("points_total", outcome="learned"), _counted("points_total", outcome="late")
    twice = points([0.05] * 5)
    taught(Scripted(stretch([one for one in twice for _ in range(2)])))
    assert _counted("points_total", outcome="learned") == learned + 5
    assert _counted("points_total", outcome="late") == late + 5
    assert _counted("series") == 1
    assert _counted("behind_seconds") == 0


def test_a_point_that_history_told_is_covered_whatever_revision_it_names():
    learned = Learned()
    assert not learned.covers(point(at=5))
    learned.note(point(at=5, revision=None))
    assert [learned.covers(point(at=at, revision="7")) for at in (4, 5, 6)] == [True, True, False]
    assert not learned.covers(point(at=4, metric="other"))
    assert not learned.covers(point(at=4, labels={"shard": "a"}))


def test_history_ends_where_the_log_is_read_again():
    assert span_before(1000.0, rewind_seconds=100.0, back_seconds=500.0) == Span(400.0, 900.0)
    assert span_before(1000.0, rewind_seconds=float("inf"), back_seconds=500.0) == Span(0.0, 0.0)


def test_what_ended_within_history_is_not_said_and_what_stands_is():
    history = points(climb(np.random.default_rng(5), quiet=60, noise=0.05, samples=90))
    quiet = observe(watching(), history)
    learning = taught(Scripted(stretch(history)))
    said = learning.backfill.standing.say(WORKLOAD)
    assert said
    assert [one for one in quiet if one in said] == said
    assert learning.backfill.standing.say(WORKLOAD) == []
    assert learning.backfill.standing.say("shop/other") == []
