"""
The forecaster's parts: the straight line, the pool that learns from matured forecasts, and the record of how true they were.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.core.outlook.forecast import BreachForecaster
from rollguard_detector.core.outlook.matured import Matured
from rollguard_detector.core.outlook.pool import FARTHEST, TICK_SECONDS, UNITS, Pool
from rollguard_detector.core.outlook.reliability import DECILES, Reliability, decile_of
from rollguard_detector.core.outlook.straight import HIGHEST, LOWEST, Straight
from rollguard_detector.core.outlook.weights import STACK

HORIZON = 60.0
CLIMB = (2.0, 1.0, 1.0)  # what the experts say of a climb

outcomes = st.lists(st.tuples(st.floats(-8, 8), st.floats(-8, 8), st.floats(0, 1), st.floats(-1, 1)), min_size=1, max_size=30)


def followed(gaps, step=1.0) -> Straight:
    straight = Straight(HORIZON)
    for index, gap in enumerate(gaps):
        straight.learn(float(gap), step if index else 0.0)
    return straight


def test_a_line_towards_the_bound_is_found_and_timed() -> None:
    noise = np.random.default_rng(1).normal(size=40)
    straight = followed(1.0 - 0.02 * np.arange(40) + 0.005 * noise)
    assert straight.crosses == 1.0
    assert straight.seconds_left == pytest.approx(11.0, abs=1.0)
    assert straight.slope == pytest.approx(-0.02, rel=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_noise_and_a_line_away_from_the_bound_are_no_evidence(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=300)
    assert followed(1.0 + 0.05 * noise).crosses == 0.0
    assert followed(1.0 + 0.01 * np.arange(300) + 0.05 * noise).evidence == 0.0


def test_a_jump_begins_the_line_anew() -> None:
    noise = 0.01 * np.random.default_rng(2).normal(size=100)
    straight = followed(np.where(np.arange(100) < 60, 1.0, 0.6) + noise)
    assert 25.0 <= straight.span <= 40.0
    assert straight.level == pytest.approx(0.6, abs=0.02)


def test_after_a_long_silence_the_old_line_says_nothing() -> None:
    straight = followed(1.0 - 0.01 * np.arange(40))
    straight.learn(0.6, 10 * HORIZON)
    assert (straight.span, straight.evidence) == (0.0, 0.0)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60))
def test_evidence_is_bounded_whatever_the_gaps(gaps: list[float]) -> None:
    straight = followed(gaps)
    assert 0.0 <= straight.evidence <= HIGHEST - LOWEST
    assert straight.seconds_left >= 0.0
    assert 0.0 <= straight.relative_error <= 1.0


def test_a_pool_stands_still_within_a_tick_and_learns_with_the_next() -> None:
    pool = Pool()
    pool.settle(0.0)
    pool.gather(CLIMB, -0.9)
    pool.settle(TICK_SECONDS - 1.0)
    assert pool.weights == list(STACK)
    pool.settle(TICK_SECONDS)
    assert pool.log_odds(CLIMB) < Pool().log_odds(CLIMB)


@given(outcomes, st.randoms(use_true_random=False))
def test_the_order_of_outcomes_within_a_tick_changes_nothing(found, order) -> None:
    first, second = Pool(), Pool()
    for pool in (first, second):
        pool.settle(0.0)
        for *inputs, error in found:
            pool.gather(inputs, error)
        order.shuffle(found)
        pool.settle(TICK_SECONDS)
    assert first.weights == second.weights


@given(outcomes, st.integers(1, 200))
def test_no_history_carries_a_pool_farther_than_allowed(found, ticks: int) -> None:
    pool = Pool()
    for tick in range(ticks):
        for *inputs, error in found:
            pool.gather(inputs, error)
        pool.settle(tick * TICK_SECONDS)
    for weight, start, unit in zip(pool.weights, STACK, UNITS, strict=True):
        assert abs(weight - start) * unit <= FARTHEST * (1.0 + 1e-9)


def test_event_times_that_go_back_settle_nothing_twice() -> None:
    pool = Pool()
    pool.settle(10 * TICK_SECONDS)
    pool.gather(CLIMB, 0.5)
    pool.settle(3 * TICK_SECONDS)
    assert pool.weights == list(STACK)


def test_what_was_called_probable_and_did_not_come_weighs_against_the_next_call() -> None:
    pool = Pool()
    matured = Matured(HORIZON, pool)
    matured.remember(0.0, CLIMB, 0.9)
    matured.learn(HORIZON - 1.0, 1.0, breached=False)
    assert matured.shift == 0.0
    matured.learn(HORIZON, 1.0, breached=False)
    assert matured.shift < 0.0
    assert (pool.reliability.forecasts, sum(pool.reliability.came)) == (1, 0)


def test_a_breach_settles_all_that_is_pending_and_counts_its_lead() -> None:
    pool = Pool()
    matured = Matured(HORIZON, pool)
    for at, said in ((0.0, 0.2), (20.0, 0.6), (40.0, 0.8)):
        matured.remember(at, CLIMB, said)
    matured.learn(50.0, 10.0, breached=True)
    told = pool.reliability
    assert (told.forecasts, sum(told.came), told.breaches, told.warned, told.lead_milliseconds) == (3, 3, 1, 1, 30_000)
    matured.learn(51.0, 1.0, breached=True)
    assert told.breaches == 1


def test_what_nobody_watched_is_no_outcome() -> None:
    pool = Pool()
    matured = Matured(HORIZON, pool)
    matured.remember(0.0, CLIMB, 0.9)
    matured.learn(HORIZON, HORIZON, breached=False)
    matured.learn(HORIZON + 1.0, 1.0, breached=True)
    assert (matured.shift, pool.reliability.forecasts, pool.reliability.breaches) == (0.0, 0, 0)


def test_reliability_is_empty_before_the_first_outcome_and_exact_after() -> None:
    told = Reliability()
    assert told.brier is None
    told.settle(0.75, came=True)
    told.settle(0.25, came=False)
    assert told.brier == pytest.approx(0.0625)
    assert (told.said[7], told.came[7], told.said[2], told.came[2]) == (1, 1, 1, 0)


@given(st.floats(0.0, 1.0))
def test_every_probability_has_a_decile(probability: float) -> None:
    assert 0 <= decile_of(probability) < DECILES
    assert decile_of(probability) <= probability * DECILES


def test_two_series_of_one_pool_teach_each_other_and_two_pools_do_not() -> None:
    pool, apart = Pool(), Pool()
    one = BreachForecaster(1.0, above=True, horizon_seconds=HORIZON, pool=pool)
    for at in range(400):
        one.forecast_then_learn(float(at), 0.95 + 0.001 * (at % 7))  # near the bound for ever
    taught = BreachForecaster(1.0, above=True, horizon_seconds=HORIZON, pool=pool)
    fresh = BreachForecaster(1.0, above=True, horizon_seconds=HORIZON, pool=apart)
    said = [(taught.forecast_then_learn(400.0 + at, 0.95), fresh.forecast_then_learn(400.0 + at, 0.95)) for at in range(10)]
    assert all(one.probability < other.probability for one, other in said)


def test_the_line_is_told_with_the_forecast_in_the_unit_of_the_values() -> None:
    forecaster = BreachForecaster(-250.0, above=False, horizon_seconds=HORIZON)
    for at in range(40):
        said = forecaster.forecast_then_learn(float(at), -50.0 - 4.0 * at)
    assert (said.level, said.slope_per_second) == (pytest.approx(-206.0), pytest.approx(-4.0))
    assert said.has_trend
    assert said.is_known
    assert said.eta_p50_seconds == pytest.approx(11.0, abs=0.5)
    assert math.isfinite(said.eta_p90_seconds)
