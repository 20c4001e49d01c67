"""
Liveness: silence and standstill are complaints, waiting and idleness are not.
"""

import pytest

from rollguard_runtime.liveness import Progress


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def progress(clock):
    started = Progress(stalled_after_seconds=10.0, clock=clock)
    started.expect("metrics")
    return started


def test_a_process_without_loops_is_alive_and_not_ready(clock):
    idle = Progress(stalled_after_seconds=10.0, clock=clock)
    assert idle.complaint() is None
    assert not idle.is_ready()


def test_a_loop_makes_the_process_ready_by_going_round_once(progress):
    assert not progress.is_ready()
    progress.beat("metrics")
    assert progress.is_ready()


def test_every_loop_must_have_gone_round(progress):
    progress.beat("metrics")
    progress.expect("signals")
    assert not progress.is_ready()


def test_a_loop_that_falls_silent_is_complained_about_by_name(progress, clock):
    progress.beat("metrics")
    clock.now += 10.1
    assert progress.complaint() == "loop metrics has not gone round for 10 s"


def test_a_loop_that_never_went_round_is_complained_about(progress, clock):
    clock.now += 10.1
    assert progress.complaint() is not None


def test_a_loop_that_goes_round_without_getting_on_is_complained_about(progress, clock):
    for _ in range(6):
        clock.now += 2.0
        progress.beat("metrics")
        progress.advance("metrics", is_behind=True)
    assert progress.complaint() == "loop metrics has work and has not advanced for 12 s"


def test_an_idle_loop_is_alive(progress, clock):
    for _ in range(6):
        clock.now += 2.0
        progress.beat("metrics")
        progress.advance("metrics", is_behind=False)
    assert progress.complaint() is None


def test_a_loop_that_waits_for_somebody_else_is_alive_and_not_made_ready(progress, clock):
    for _ in range(6):
        clock.now += 2.0
        progress.wait("metrics")
    assert progress.complaint() is None
    assert not progress.is_ready()


def test_a_loop_that_ended_on_purpose_is_not_missed(progress, clock):
    progress.forget("metrics")
    clock.now += 60.0
    assert progress.complaint() is None
