"""
From samples at different instants to one vector a tick.
"""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rollguard_detector.core.together.channels import Channels
from rollguard_detector.core.together.ticks import Ticks

START = 1_700_000_000.0


def settled(step=15.0, samples=40):
    ticks = Ticks()
    for at in range(samples):
        ticks.add("a", 0.0, START + at * step)
    return ticks


def test_a_tick_is_the_median_interval_to_two_digits():
    ticks = Ticks()
    for at in range(40):
        ticks.add("a", 0.0, START + at * 15.0 + 0.02 * (at % 3))
        ticks.add("slow", 0.0, START + at * 60.0)
    assert ticks.tick_seconds == 15.0


def test_before_the_interval_is_known_no_vector_closes():
    ticks = Ticks()
    assert [ticks.add("a", 1.0, START + at) for at in range(31)] == [[]] * 31
    assert ticks.tick_seconds is None


def test_a_vector_holds_what_was_heard_and_nothing_for_what_was_not():
    ticks = settled()
    now = START + 40 * 15.0
    ticks.add("a", 1.0, now)
    ticks.add("b", 2.0, now + 3.0)
    closed = ticks.add("a", 9.0, now + 15.0) + ticks.add("a", 9.0, now + 30.0)
    assert {"a": 1.0, "b": 2.0} in [vector.values for vector in closed]
    assert all("b" in vector.values or set(vector.values) == {"a"} for vector in closed)


def test_a_long_silence_closes_no_empty_vectors():
    ticks = settled()
    ticks.add("a", 1.0, START + 41 * 15.0)
    closed = ticks.add("a", 2.0, START + 100_000.0)
    assert all(vector.values for vector in closed)
    assert len(closed) <= 3


def test_four_samples_in_a_tick_have_the_variance_of_one():
    ticks = settled()
    now = np.ceil(START / 15.0) * 15.0 + 3_000.0
    for part in range(4):
        ticks.add("a", 3.0, now + part)
    closed = ticks.add("b", 0.0, now + 100.0)
    assert 6.0 in [vector.values.get("a") for vector in closed]


def test_what_comes_for_a_closed_tick_is_counted_and_moves_nothing():
    ticks = settled()
    before = ticks.export()
    assert ticks.add("b", 1.0, START) == []
    assert ticks.late == 1
    np.testing.assert_array_equal(ticks.export()["open_totals"], before["open_totals"])


def test_a_producer_that_changes_its_interval_gets_another_tick():
    ticks, at = settled(), START + 40 * 15.0
    for _ in range(400):
        at += 60.0
        ticks.add("a", 0.0, at)
    assert ticks.tick_seconds == 60.0
    assert ticks.add("a", 1.0, at + 60.0) + ticks.add("a", 1.0, at + 120.0) != []


SAMPLES = st.lists(st.tuples(st.sampled_from("abc"), st.floats(-5, 5), st.floats(0.0, 7.0)), min_size=10, max_size=60)


@settings(max_examples=40, deadline=None)
@given(SAMPLES, st.randoms(use_true_random=False))
def test_an_order_that_is_off_by_less_than_half_a_tick_changes_nothing(samples, random):
    in_order, at = [], START + 1_000.0
    for name, value, ahead in samples:
        at += ahead
        in_order.append((name, value, at))
    shuffled = sorted(in_order, key=lambda one: one[2] + 7.0 * random.random())
    per_channel = {name: iter(sorted((one for one in in_order if one[0] == name), key=lambda one: one[2])) for name in "abc"}
    shuffled = [next(per_channel[name]) for name, _, _ in shuffled]
    assume(all(late < 7.0 for late in _lateness(shuffled)))

    def vectors(order):
        ticks = settled()
        closed = [vector for sample in order for vector in ticks.add(*sample)]
        return closed + ticks.add("end", 0.0, at + 10_000.0), ticks.late

    assert vectors(shuffled) == vectors(in_order)


def _lateness(samples):
    newest = -np.inf
    for _, _, at in samples:
        newest = max(newest, at)
        yield newest - at


@settings(max_examples=30, deadline=None)
@given(SAMPLES, st.integers(0, 9))
def test_open_ticks_move_exactly(samples, cut):
    def feed(ticks, some, at):
        closed = []
        for name, value, ahead in some:
            at += ahead
            closed += ticks.add(name, value, at)
        return closed, at

    ticks = settled()
    _, at = feed(ticks, samples[:cut], START + 600.0)
    moved = Ticks()
    moved.restore(ticks.export())
    assert feed(moved, samples[cut:], at) == feed(ticks, samples[cut:], at)
    for key, kept in ticks.export().items():
        np.testing.assert_array_equal(moved.export()[key], kept)


def test_the_ceiling_keeps_the_most_active_and_counts_the_rest():
    channels = Channels(2)
    for at in range(600):
        channels.admit("quiet" if at % 10 == 0 else "busy")
        channels.admit("third")
        lost = channels.displaced()
        if lost:
            break
    assert lost == ("quiet",)
    assert channels.kept == {"busy", "third"}
    assert channels.refused > 0


def test_a_flood_of_names_takes_no_memory_and_displaces_nobody():
    channels = Channels(3)
    for at in range(2_000):
        for name in ("a", "b", "c", f"request-{at}"):
            channels.admit(name)
            assert channels.displaced() == ()
    assert channels.kept == {"a", "b", "c"}
    assert len(channels.export()["waiting"]) <= 12
    assert channels.refused == 2_000


def test_kept_channels_move_exactly():
    channels, moved = Channels(2), Channels(2)
    for name in "aabbbcd":
        channels.admit(name)
    moved.restore(channels.export())
    for name in "ccccddda" * 40:
        assert moved.admit(name) == channels.admit(name)
        assert moved.displaced() == channels.displaced()
