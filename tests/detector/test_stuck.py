"""
A series that stands still is odd where its own past makes it so, and nowhere else.
"""

from collections.abc import Iterable

import numpy as np
import pytest

from rollguard_detector.core.oddity.stuck import LEAST_RUN_SAMPLES, Stuck

_RARE = 4.0  # powers of ten


def said(values: Iterable[float]) -> list[float]:
    stuck = Stuck()
    return [stuck.score_then_learn(float(value)) for value in values]


def noise(seed: int, count: int) -> list[float]:
    return np.random.default_rng(seed).normal(size=count).tolist()


def test_a_gauge_that_stops_being_updated_is_odd_and_the_longer_the_odder() -> None:
    usual, stopped = noise(1, 2000), [0.7] * 60
    surprises = said([*usual, *stopped])
    assert max(surprises[:2000]) == 0.0
    assert surprises[2000 + LEAST_RUN_SAMPLES :] == sorted(surprises[2000 + LEAST_RUN_SAMPLES :])
    assert surprises[-1] > _RARE


def test_a_constant_series_is_never_stuck() -> None:
    assert set(said([3.0] * 5000)) == {0.0}


def test_a_series_that_changed_a_few_times_is_not_yet_known() -> None:
    assert set(said([value for value in range(9) for _ in range(200)])) == {0.0}


def test_the_same_value_a_few_times_is_no_news() -> None:
    values = noise(2, 1000)
    assert set(said([*values, *[values[-1]] * (LEAST_RUN_SAMPLES - 1)])) == {0.0}


@pytest.mark.parametrize("mean", [0.05, 0.3, 2.0])
def test_counts_that_are_often_equal_keep_a_stated_return_period(mean: float) -> None:
    values = np.random.default_rng(3).poisson(mean, 40_000)
    rung = [surprise >= _RARE for surprise in said(values)]
    runs = sum(now and not before for before, now in zip([False, *rung], rung, strict=False))
    assert runs <= 8  # twice what 40,000 seconds at a sample a second would bring


def test_a_service_that_sleeps_every_night_is_not_stuck_on_the_tenth() -> None:
    random = np.random.default_rng(4)
    days = [[*random.normal(size=900), *[0.0] * int(500 + random.integers(0, 60))] for _ in range(20)]
    surprises = said([value for day in days for value in day])
    tenth = sum(len(day) for day in days[:10])
    assert max(surprises[tenth:]) < _RARE


def test_a_run_after_many_like_it_is_usual_and_a_far_longer_one_is_not() -> None:
    random = np.random.default_rng(5)
    values = np.repeat(random.normal(size=600), random.integers(1, 20, 600)).tolist()
    surprises = said([*values, *[9.0] * 400])
    assert max(surprises[2000 : len(values)]) < _RARE < surprises[-1]


def test_a_run_that_ended_is_learned_also_if_it_was_odd() -> None:
    first = said([*noise(6, 1000), *[0.5] * 50])[-1]
    again = said([*noise(6, 1000), *[0.5] * 50, *noise(7, 1000), *[0.5] * 50])[-1]
    assert 0.0 < again < first
