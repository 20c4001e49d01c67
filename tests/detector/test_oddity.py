"""
What a score may not depend on: how often the same time was sampled, when it was, and how its rows were repeated.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollguard_detector.core.oddity.judgement import Judgement
from rollguard_detector.core.oddity.surprise import Surprise

_MINUTE_SECONDS = 60.0
_SPIKE = 14.0


def noise(seed: int, count: int) -> list[float]:
    return np.random.default_rng(seed).normal(size=count).tolist()


def scores(values: list[float], *, step_seconds: float = _MINUTE_SECONDS, start_seconds: float = 0.0) -> list[float]:
    judgement = Judgement()
    return [judgement.score_then_learn(start_seconds + step_seconds * index, value) for index, value in enumerate(values)]


@settings(max_examples=20, deadline=None)
@given(st.integers(-1000, 1000), st.integers(0, 1000))
def test_a_series_at_another_time_scores_the_same(weeks: int, seed: int) -> None:
    values = [*noise(seed, 300), _SPIKE, *noise(seed + 1, 50)]
    assert scores(values, start_seconds=weeks * 604_800.0) == scores(values)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_spike_is_worth_about_the_same_if_its_time_was_sampled_twice_as_often(seed: int) -> None:
    values = [*noise(seed, 3000), _SPIKE, *noise(seed + 10, 20)]
    repeated = [value for value in values for _ in range(2)]
    assert max(scores(repeated, step_seconds=_MINUTE_SECONDS / 2)) == pytest.approx(max(scores(values)), abs=0.05)


def test_as_odd_once_in_a_longer_time_is_worth_more() -> None:
    values = [*noise(3, 1000), _SPIKE]
    said = [scores(values, step_seconds=step)[-1] for step in (1.0, 60.0, 3600.0)]
    assert said == sorted(said)
    assert len(set(said)) == 3


def test_what_returns_often_fades_and_keeps_its_order() -> None:
    quick = scores([*noise(4, 1000), 5.0, *noise(5, 200), _SPIKE], step_seconds=0.01)
    assert 0.0 < quick[1000] < quick[-1] < 1.0


def test_times_that_stand_still_or_go_back_are_answered() -> None:
    judgement = Judgement()
    said = [judgement.score_then_learn(at, value) for at, value in zip([0.0, 0.0, -60.0, 30.0] * 100, noise(6, 400), strict=True)]
    assert all(0.0 <= score < 1.0 for score in said)


def test_a_series_of_minutes_rings_for_noise_less_than_once_in_two_thousand_samples() -> None:
    rung = sum(score >= 0.5 for seed in range(5) for score in scores(noise(seed, 10_000)))
    assert rung <= 25


def test_of_two_neighbours_only_the_odder_is_kept() -> None:
    def surprised_after(*oddities: float) -> float:
        surprise = Surprise(kept=10)
        for oddity in [*[0.1 * index for index in range(1, 10)] * 3, *oddities]:
            surprise.score_then_learn(oddity)
        for _ in range(10 - len(oddities)):
            surprise.score_then_learn(0.0)
        return surprise.score_then_learn(4.0)

    assert surprised_after(3.0, 5.0) == surprised_after(0.0, 5.0)
    assert surprised_after(5.0, 5.0) == surprised_after(5.0, 0.0)
    assert surprised_after(5.0, 0.0, 5.0) < surprised_after(5.0, 0.0, 0.0)
