"""
Leaks, limits, budgets and wear: each has a date, and what only looks like one has none.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.core.outlook.burn import PAGE, TICKET, BurnRate
from rollguard_detector.core.outlook.envelope import Envelope
from rollguard_detector.core.outlook.wear import Wear

BUCKET = 300.0


def enveloped(values, step=30.0) -> Envelope:
    envelope = Envelope(BUCKET)
    for index, value in enumerate(values):
        envelope.learn(index * step, float(value))
    return envelope


def garbage(samples: int, seed: int = 1) -> np.ndarray:
    """A heap that is collected every five minutes."""
    return 100.0 * (np.arange(samples) % 10) / 10 + 3.0 * np.random.default_rng(seed).random(samples)


def test_a_leak_under_garbage_has_its_own_slope() -> None:
    slope = enveloped(500.0 + 0.4 * np.arange(240) + garbage(240)).slope()
    assert slope.is_leak
    assert slope.slope == pytest.approx(0.4 / 30.0, rel=0.1)
    assert slope.low <= slope.slope <= slope.high


@pytest.mark.parametrize("seed", range(8))
def test_garbage_alone_is_no_leak(seed: int) -> None:
    assert not enveloped(500.0 + garbage(240, seed)).slope().is_leak


def test_a_restart_begins_the_envelope_anew() -> None:
    leak = 500.0 + 2.0 * np.arange(200) + garbage(200)
    envelope = enveloped(np.concatenate([leak, [450.0]]))
    assert envelope.slope() is None


def test_a_few_buckets_are_no_slope() -> None:
    assert enveloped(np.arange(40.0)).slope() is None


def burnt(shares, events: float = 1000.0) -> BurnRate:
    burn = BurnRate(0.999)
    for minute, share in enumerate(shares):
        burn.learn(60.0 * minute, share * events, events)
    return burn


def test_a_fast_burn_is_seen_in_the_pair_of_an_hour() -> None:
    burn = burnt([0.0005] * 300 + [0.02] * 60)
    assert burn.rate(60) == pytest.approx(20.0)
    assert burn.burns(PAGE, 14.4)


def test_a_burn_that_is_over_ends_with_the_short_window() -> None:
    assert not burnt([0.0005] * 300 + [0.02] * 54 + [0.0] * 6).burns(PAGE, 14.4)


def test_a_slow_burn_is_seen_in_the_pair_of_six_hours_alone() -> None:
    burn = burnt([0.007] * 360)
    assert burn.burns(TICKET, 6.0)
    assert not burn.burns(PAGE, 14.4)


def test_where_nothing_was_asked_no_rate_is_known() -> None:
    assert BurnRate(0.99).rate(5) is None
    assert burnt([0.0], events=0.0).rate(5) is None


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 10), st.floats(0, 100)), max_size=40))
def test_a_burn_rate_is_no_more_than_all_events_being_bad(counts) -> None:
    burn = BurnRate(0.9)
    for at, bad, good in sorted(counts):
        burn.learn(at, bad, bad + good)
    rate = burn.rate(360)
    assert rate is None or 0.0 <= rate <= 10.0 * (1 + 1e-9)


@given(st.lists(st.tuples(st.floats(0, 4e4), st.floats(0, 10), st.sampled_from([None, "7", "8"])), max_size=60), st.integers(0, 60))
def test_a_burn_rate_that_was_put_away_goes_on_to_the_last_bit(counts, cut) -> None:
    straight, again = BurnRate(0.99), BurnRate(0.99)
    for at, bad, revision in counts[:cut]:
        straight.learn(at, bad, 20.0, revision)
    again.resume(straight.kept())
    for burn in (straight, again):
        for at, bad, revision in counts[cut:]:
            burn.learn(at, bad, 20.0, revision)
    assert [again.spent(window) for window in (5, 30, 60, 360)] == [straight.spent(window) for window in (5, 30, 60, 360)]
    assert again.kept() == straight.kept()


def test_a_target_of_all_or_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="target share"):
        BurnRate(1.0)


def worn(samples: int, seed: int = 3) -> list[float]:
    noise = np.random.default_rng(seed).normal(size=samples)
    return (10.0 + 0.05 * np.exp(0.04 * np.arange(samples)) + 0.05 * noise).tolist()


def test_wear_is_called_sooner_than_a_straight_line_would() -> None:
    wear = Wear(3600.0)
    for index, value in enumerate(worn(120)):
        wear.learn(value, 60.0 if index else 0.0)
    reached = 60.0 * math.log(20.0 / 0.05) / 0.04
    assert wear.seconds_to(30.0) == pytest.approx(reached - 119 * 60.0, rel=0.25)


@pytest.mark.parametrize("seed", range(5))
def test_noise_does_not_wear(seed: int) -> None:
    wear = Wear(3600.0)
    for value in 10.0 + 0.1 * np.random.default_rng(seed).normal(size=300):
        wear.learn(float(value), 60.0)
    assert wear.seconds_to(30.0) == math.inf


def test_a_bound_that_is_passed_is_reached_now() -> None:
    wear = Wear(3600.0)
    wear.learn(5.0, 0.0)
    assert wear.seconds_to(4.0) == 0.0
