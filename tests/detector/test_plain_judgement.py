"""
What the judgement behind the plain tools promises of every series: the same for another unit, bounded memory, nothing learned
before it is judged.
"""

import math
import random
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollguard_detector.core import loops
from rollguard_detector.core.banks.outlooks.network import network as network_in_bulk
from rollguard_detector.core.oddity.incident import Incident
from rollguard_detector.core.oddity.judgement import Judgement
from rollguard_detector.core.oddity.seen import Seen
from rollguard_detector.core.oddity.surprise import Surprise
from rollguard_detector.core.outlook.forecast import FAR, OWN, BreachForecaster, longer, quantiles, times
from rollguard_detector.core.outlook.gauge import VIEWS, Gauge
from rollguard_detector.core.outlook.matured import Matured
from rollguard_detector.core.outlook.network import network
from rollguard_detector.core.outlook.pool import Pool
from rollguard_detector.core.outlook.scales import clip, sigmoid
from rollguard_detector.core.outlook.trend import Trend
from rollguard_detector.core.outlook.weights import (
    CENTRES,
    FIRST_BIAS,
    FIRST_LAYER,
    HORIZON_SHARES,
    LAST_BIAS,
    LAST_LAYER,
    LIMIT,
    SCALES,
    STRAIGHT,
)
from rollguard_detector.plain.rows import read_time

_STEP = 60.0


def noise(seed: int, count: int) -> list[float]:
    return np.random.default_rng(seed).normal(size=count).tolist()


def scores(values: list[float]) -> list[float]:
    judgement = Judgement()
    return [judgement.score_then_learn(_STEP * index, value) for index, value in enumerate(values)]


def test_a_value_never_seen_before_scores_more_than_the_usual_and_less_than_one() -> None:
    usual = scores([*noise(1, 2000), 12.0])
    assert max(usual[1000:-1]) < usual[-1] < 1.0


def test_the_sample_that_is_judged_is_not_yet_learned() -> None:
    values = noise(2, 500)
    assert scores([*values, 40.0])[:500] == scores(values)


@settings(max_examples=30, deadline=None)
@given(st.integers(-20, 20), st.integers(0, 1000))
def test_a_series_in_another_unit_scores_the_same(power: int, seed: int) -> None:
    values = [*noise(seed, 300), 9.0, *noise(seed + 1, 50)]
    assert scores([value * 2.0**power for value in values]) == pytest.approx(scores(values), abs=1e-9)


def test_a_series_that_is_shifted_scores_the_same_up_to_rounding() -> None:
    values = [round(value * 64) / 64 for value in noise(3, 600)]
    assert scores([value + 4096.0 for value in values]) == pytest.approx(scores(values), abs=1e-6)


def test_a_constant_series_is_never_odd() -> None:
    assert set(scores([7.0] * 1000)) == {0.0}


def test_what_repeats_inside_an_incident_is_said_once() -> None:
    incident = Incident()
    assert [incident.merge(surprise) for surprise in (2.0, 2.0, 2.1, 3.0, 2.9)] == [2.0, 0.0, 0.0, 3.0, 0.0]


def test_a_new_incident_may_speak_when_the_last_one_is_over() -> None:
    incident = Incident()
    assert [incident.merge(surprise) for surprise in [2.0, *[0.0] * 11, 2.0]][-1] == 2.0


def test_a_full_memory_answers_with_the_true_distance_or_calls_it_no_news() -> None:
    bounded, exact = Seen(most=64), Seen(most=10**9)
    values = noise(4, 3000)
    told = [(bounded.distance_then_learn(value), exact.distance_then_learn(value)) for value in values]
    assert len(bounded) == 64
    assert all(mine == 0.0 or mine >= true for mine, true in told)
    assert bounded.distance_then_learn(50.0) == exact.distance_then_learn(50.0)


def test_memory_is_spent_where_values_lie_apart() -> None:
    seen = Seen(most=20)
    for value in [*noise(4, 3000), *range(100, 108), *noise(5, 3000)]:
        seen.distance_then_learn(value)
    assert [seen.distance_then_learn(value) for value in range(100, 108)] == [0.0] * 8
    assert seen.distance_then_learn(103.5) == pytest.approx(0.5)


def test_what_falls_between_close_neighbours_is_no_news() -> None:
    seen = Seen(most=5)
    assert [seen.distance_then_learn(value) for value in (0.0, 1.0, 2.0, 3.0, 10.0)] == [0.0, 1.0, 1.0, 1.0, 7.0]
    assert [seen.distance_then_learn(value) for value in (2.5, 5.0, -1.0)] == [0.0, 2.0, 1.0]


def test_a_large_level_costs_no_precision() -> None:
    seen = Seen()
    assert [seen.distance_then_learn(8e12 + value) for value in (0.0, 3.0, 3.25)] == [0.0, 3.0, 0.25]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_the_distance_is_that_to_the_nearest_value_seen_to_within_32_bits(values: list[float]) -> None:
    seen = Seen()
    for index, value in enumerate(values):
        nearest = min((abs(value - other) for other in values[:index]), default=0.0)
        assert seen.distance_then_learn(value) == pytest.approx(nearest, abs=0.3)


def test_one_in_a_hundred_as_odd_is_a_surprise_of_two() -> None:
    surprise = Surprise(kept=30)
    random.Random(5).shuffle(oddities := [float(value) for value in range(1, 1000)])
    for oddity in oddities:
        surprise.score_then_learn(oddity)
    assert surprise.score_then_learn(990.5) == pytest.approx(math.log10(1000 / 10.0), abs=0.05)


def test_what_is_odder_than_anything_before_goes_on_surprising_more() -> None:
    def surprised_by(oddity: float) -> float:
        surprise = Surprise()
        for known in noise(6, 1000):
            surprise.score_then_learn(abs(known))
        return surprise.score_then_learn(oddity)

    assert 3.0 < surprised_by(6.0) < surprised_by(60.0) < surprised_by(6e6) < math.inf


def test_a_trend_agrees_with_weighted_least_squares_on_irregular_times() -> None:
    random_numbers = np.random.default_rng(14)
    elapsed = random_numbers.exponential(30.0, 200)
    values = random_numbers.normal(size=200) + np.cumsum(elapsed) * 0.01
    trend = Trend(600.0)
    for value, step in zip(values.tolist(), elapsed.tolist(), strict=True):
        trend.learn(value, step)
    ages = np.cumsum(elapsed) - np.sum(elapsed)
    weights = 2.0 ** (ages / 600.0)
    slope, level = np.polyfit(ages, values, 1, w=np.sqrt(weights))
    assert (trend.slope, trend.level) == (pytest.approx(slope), pytest.approx(level))


def leak(count: int, *, slope: float = 0.005, seed: int = 15) -> list[float]:
    return [0.3 + slope * index + 0.01 * value for index, value in enumerate(noise(seed, count))]


def probabilities(values: list[float], bound: float, *, above: bool = True, step: float = _STEP) -> list[float]:
    forecaster = BreachForecaster(bound, above=above, horizon_seconds=30 * step)
    return [forecaster.forecast_then_learn(index * step, value).probability for index, value in enumerate(values)]


def test_a_leak_is_forecast_before_it_breaches_and_not_when_it_is_far() -> None:
    said = probabilities(leak(140), 1.0)
    assert said[40] < 0.2
    assert said[125] > 0.65
    assert said[132] > 0.8


def test_a_forecast_knows_no_unit_no_sign_and_no_clock() -> None:
    values = leak(140)
    mirrored = probabilities([1000.0 - 8.0 * value for value in values], 1000.0 - 8.0, above=False, step=7.5)
    assert mirrored == pytest.approx(probabilities(values, 1.0), abs=1e-3)


def test_a_breach_that_has_come_is_certain() -> None:
    forecaster = BreachForecaster(1.0, above=True, horizon_seconds=600.0)
    for index in range(5):
        said = forecaster.forecast_then_learn(index * _STEP, 2.0)
    assert (said.probability, said.eta_p50_seconds) == (1.0, 0.0)


def test_times_to_a_breach_are_in_order_and_shorten_as_it_nears() -> None:
    forecaster = BreachForecaster(1.0, above=True, horizon_seconds=1800.0)
    said = [forecaster.forecast_then_learn(index * _STEP, value) for index, value in enumerate(leak(130))]
    assert all(one.eta_p10_seconds <= one.eta_p50_seconds <= one.eta_p90_seconds for one in said)
    assert said[-1].eta_p50_seconds < said[60].eta_p50_seconds


def test_times_that_do_not_increase_change_no_shape_of_the_answer() -> None:
    forecaster = BreachForecaster(1.0, above=True, horizon_seconds=1800.0)
    for at in (0.0, 60.0, 60.0, 30.0, -5.0, 120.0):
        assert 0.0 <= forecaster.forecast_then_learn(at, 0.4).probability <= 1.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=80))
def test_every_view_is_finite_whatever_the_values(values: list[float]) -> None:
    gauge = Gauge(1800.0)
    for value in values:
        gauge.learn(value, _STEP)
        views = gauge.views()
        assert len(views) == len(VIEWS)
        assert all(map(math.isfinite, views))


def test_the_constants_fit_the_views() -> None:
    hidden = {len(row) for row in FIRST_LAYER}
    assert len(CENTRES) == len(SCALES) == len(FIRST_LAYER) == len(STRAIGHT) == len(VIEWS)
    assert hidden == {len(LAST_LAYER)}
    assert {len(row) for row in LAST_LAYER} == {len(HORIZON_SHARES)}


def test_the_network_as_it_is_computed_is_the_network_as_it_is_written() -> None:
    random_numbers = np.random.default_rng(17)
    for spread in (0.3, 1.0, 30.0):
        views = np.array(CENTRES) + spread * np.array(SCALES) * random_numbers.normal(size=len(VIEWS))
        told = np.clip((views - CENTRES) / SCALES, -LIMIT, LIMIT)
        sums = told @ np.array(FIRST_LAYER) + FIRST_BIAS
        plainly = sums / (1.0 + np.abs(sums)) @ np.array(LAST_LAYER) + told @ np.array(STRAIGHT) + LAST_BIAS
        assert network(views.tolist()) == pytest.approx(plainly.tolist(), abs=1e-9)


def test_the_network_that_was_compiled_says_the_bits_of_its_steps_and_refuses_other_views() -> None:
    loop = loops.of("network")
    if loop is None:
        pytest.skip("the loops were not compiled: there is no C compiler here")
    drawn = np.random.default_rng(19).normal(size=(300, len(VIEWS))) * np.array(SCALES) * 3.0
    for views in drawn.tolist():
        assert loop.log_odds_of(views) == network(views) == network_in_bulk(np.array(views)[:, np.newaxis])[:, 0].tolist()
    with pytest.raises(ValueError, match="25 views"):
        loop.log_odds_of([0.0] * 25)


@pytest.mark.parametrize("seed", range(4))
def test_the_forecast_as_it_is_computed_is_the_forecast_as_it_is_written(seed: int) -> None:
    values = np.cumsum(np.random.default_rng(seed).normal(size=400)).tolist()
    pool = Pool()
    forecaster, gauge, matured = BreachForecaster(15.0, above=True, horizon_seconds=1800.0), Gauge(1800.0), Matured(1800.0, pool)
    for index, value in enumerate(values):
        said = forecaster.forecast_then_learn(index * _STEP, value)
        elapsed = _STEP if index else 0.0
        gauge.learn(15.0 - value, elapsed)
        log_odds = network(gauge.views())
        pool.settle(index * _STEP)
        matured.learn(index * _STEP, elapsed, breached=gauge.median <= 0.0)
        if gauge.median <= 0.0:
            assert said[:4] == (1.0, 0.0, 0.0, 0.0)
            continue
        inputs = (log_odds[OWN], longer(log_odds), gauge.straight.crosses)
        stacked = sum(weight * told for weight, told in zip(pool.weights, (*inputs, 1.0), strict=True)) + matured.shift
        matured.remember(index * _STEP, inputs, sigmoid(stacked))
        assert said.probability == pytest.approx(sigmoid(stacked), abs=1e-9)
        assert said[1:4] == pytest.approx(times(log_odds, stacked - log_odds[OWN], gauge.straight, 1800.0), abs=1e-9)


@given(st.floats(allow_nan=False), st.floats(-5.0, 0.0), st.floats(0.0, 5.0))
def test_clipping_is_the_larger_of_the_low_end_and_the_smaller_of_the_high_end(value: float, low: float, high: float) -> None:
    assert clip(value, low, high) == max(low, min(high, value))


def test_the_expected_range_is_that_before_the_sample_and_unknown_at_first() -> None:
    judgement = Judgement()
    assert judgement.expected() is None
    for index, value in enumerate([1.0, 3.0] * 100):
        judgement.score_then_learn(_STEP * index, value)
    level, deviation = judgement.expected() or (0.0, 0.0)
    assert (level, deviation) == (pytest.approx(2.0, abs=0.02), pytest.approx(1.0, abs=0.02))


def test_an_incident_lasts_as_long_as_its_repetitions_are_merged() -> None:
    incident = Incident()
    assert not incident.lasts()
    for surprise in (2.0, *[0.0] * 2):
        incident.merge(surprise)
        assert incident.lasts()
    incident.merge(0.0)
    assert not incident.lasts()


def test_a_quantile_beyond_what_was_asked_of_the_network_is_extrapolated_or_infinite() -> None:
    soon, middle, late = quantiles([0.1, 0.2, 0.4, 0.6, 0.7])
    assert (soon, middle) == (HORIZON_SHARES[0], pytest.approx(1.25))
    assert late > 2.0
    assert quantiles([0.0] * 5) == [math.inf] * 3


@given(st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=5, max_size=5))
def test_the_quantiles_of_one_walk_are_those_of_a_walk_for_each(likely_by: list[float]) -> None:
    def alone(share: float) -> float:
        before, reached = 0.0, 0.0
        for at, likely in zip(HORIZON_SHARES, likely_by, strict=True):
            if likely >= share:
                return before + (at - before) * (share - reached) / max(likely - reached, 1e-12)
            if likely > reached:
                before, reached = at, likely
        hazard = -math.log(1.0 - reached) / HORIZON_SHARES[-1]
        far = HORIZON_SHARES[-1] + (math.log(1.0 - reached) - math.log(1.0 - share)) / hazard if hazard > 0.0 else math.inf
        return far if far <= FAR else math.inf

    assert quantiles(likely_by) == [alone(share) for share in (0.1, 0.5, 0.9)]


@given(st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_ten_digits_are_epoch_seconds_and_never_a_date(digits: str) -> None:
    assert read_time(digits) == float(digits)
    with pytest.raises(ValueError, match="isoformat"):
        datetime.fromisoformat(digits)
