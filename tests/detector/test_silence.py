"""
A silence is judged by the series' own intervals, at a time that somebody tells.
"""

from itertools import accumulate

import numpy as np
import pytest

from rollguard_detector.core.oddity.silence import Silence

_RARE = 4.0  # powers of ten


def after(intervals: list[float], start_seconds: float = 0.0) -> tuple[Silence, float]:
    """Return a silence that has heard samples so far apart, and when the last one was."""
    silence, times = Silence(), list(accumulate(intervals, initial=start_seconds))
    for at in times:
        silence.learn(at)
    return silence, times[-1]


def regular(count: int = 1000) -> list[float]:
    return (60.0 + np.random.default_rng(1).normal(0.0, 0.5, count)).tolist()


def test_a_longer_silence_of_a_regular_series_is_odder() -> None:
    silence, latest = after(regular())
    said = [silence.silent(latest + seconds) for seconds in (30.0, 60.0, 120.0, 300.0, 3600.0)]
    assert said[:2] == [0.0, 0.0]
    assert 3.0 < said[2] < said[3] < said[4]


def test_asking_changes_nothing() -> None:
    silence, latest = after(regular())
    assert [silence.silent(latest + 200.0) for _ in range(3)] == [silence.silent(latest + 200.0)] * 3


def test_gaps_between_bursts_are_usual() -> None:
    random = np.random.default_rng(2)
    intervals = [second for _ in range(300) for second in (*[0.1] * 9, float(random.uniform(250.0, 350.0)))]
    silence, latest = after(intervals)
    assert silence.silent(latest + 330.0) < _RARE < silence.silent(latest + 7200.0)


@pytest.mark.parametrize("seed", range(4))
def test_irregular_times_keep_a_stated_rarity(seed: int) -> None:
    intervals = np.random.default_rng(seed).exponential(60.0, 20_000).tolist()
    silence, rung = Silence(), 0
    silence.learn(latest := 0.0)
    for interval in intervals:
        rung += silence.silent(latest + interval) >= 3.0
        silence.learn(latest := latest + interval)
    assert rung <= 40  # twice what one in a thousand would bring


def test_one_outage_does_not_make_the_next_one_usual() -> None:
    silence, latest = after([*regular(), 86_400.0, *regular()])
    assert silence.silent(latest + 600.0) > 2.5


def test_a_new_pace_is_learned() -> None:
    silence, latest = after([*[1.0] * 5000, *[60.0] * 40])
    assert silence.silent(latest + 60.0) == 0.0


def test_a_series_of_which_little_is_known_is_never_silent() -> None:
    assert Silence().silent(1e9) == 0.0
    silence, latest = after([60.0] * 9)
    assert silence.silent(latest + 1e6) == 0.0


def test_times_that_stand_still_or_go_back_are_no_interval() -> None:
    silence, latest = after(regular())
    before = silence.silent(latest + 200.0)
    for at in (latest, latest - 500.0, latest):
        silence.learn(at)
    assert silence.silent(latest + 200.0) == before


def test_a_question_about_the_past_is_answered_with_nothing() -> None:
    silence, latest = after(regular())
    assert silence.silent(latest - 1000.0) == 0.0


def test_the_same_silence_is_as_odd_at_any_date() -> None:
    early, first = after(regular())
    late, last = after(regular(), start_seconds=1.7e9)
    assert late.silent(last + 300.0) == pytest.approx(early.silent(first + 300.0), abs=0.02)
