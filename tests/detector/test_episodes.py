"""
Episodes: the table, and what holds for any walk through it.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import LATENCY, START, observe, of_type, point, points, watching
from rollguard_detector.core.episodes import TRANSITIONS, Episode, IllegalMove
from rollguard_schemas.policies import Objective
from rollguard_schemas.signals import BreachForecast, ObjectiveBreached, ObjectiveRecovered, ObjectiveSignal

STATES = ("holds", "forecast", "breached")
MOVES = ("foresee", "repeat", "breach", "recover")
PATHS = {"holds": (), "forecast": ("foresee",), "breached": ("breach",)}


def _in_state(state):
    episode = Episode("a/b", "latency")
    for move in PATHS[state]:
        episode.move(move, START)
    return episode


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_follows_the_table_or_raises_and_changes_nothing(state, move):
    episode = _in_state(state)
    before = (episode.state, episode.id)
    if (state, move) in TRANSITIONS:
        said = episode.move(move, START + 1)
        assert (episode.state, said.saying) == TRANSITIONS[state, move]
        return
    with pytest.raises(IllegalMove, match=move):
        episode.move(move, START + 1)
    assert (episode.state, episode.id) == before


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.tuples(st.integers(1, 60), st.floats(0.01, 0.6)), min_size=1, max_size=10))
def test_every_episode_opens_first_and_ends_at_most_once(seed, stretches):
    rng = np.random.default_rng(seed)
    level = np.concatenate([np.full(length, one) for length, one in stretches])
    said = of_type(observe(watching(), points(level * (1 + 0.05 * rng.standard_normal(len(level))))), ObjectiveSignal)
    open_episode, ended = None, set()
    for signal in said:
        if isinstance(signal, ObjectiveRecovered):
            assert signal.episode == open_episode
            ended.add(signal.episode)
            open_episode = None
        else:
            assert open_episode in (None, signal.episode)
            assert signal.episode not in ended
            open_episode = signal.episode
    assert len({signal.id for signal in said}) == len(said)


def test_a_breach_needs_so_many_samples_in_a_row():
    objective = Objective(name="latency", metric=LATENCY, above=0.25, consecutive_samples=4)
    detector = watching(objective)
    values = [0.05, 0.3, 0.3, 0.3, 0.05, 0.3, 0.3, 0.3, 0.3]
    (breached,) = of_type(observe(detector, points(values)), ObjectiveBreached)
    assert breached.time_unix_seconds == START + 8
    assert breached.consecutive_samples == 4


def test_the_bad_samples_of_a_canary_are_consecutive_beside_a_healthy_stable_revision():
    both = [
        point(value, at=second + offset, revision=revision)
        for second in range(5)
        for offset, value, revision in ((0.0, 0.05, "7"), (0.3, 0.4, "8"))
    ]
    (breached,) = of_type(observe(watching(), both), ObjectiveBreached)
    assert breached.revision == "8"


def test_silence_ends_no_episode():
    detector = watching()
    observe(detector, points(np.full(10, 0.4), labels={"instance": "a"}))
    late = [point(0.05, at=500 + second, labels={"instance": "b"}, metric="another_metric") for second in range(60)]
    assert not of_type(observe(detector, late), ObjectiveRecovered)


def test_a_replica_that_stopped_to_report_does_not_hold_the_episode_open():
    detector = watching()
    observe(detector, points(np.full(10, 0.4), labels={"instance": "a"}))
    healthy = points(0.05 + 0.001 * np.random.default_rng(0).standard_normal(60), start=10, labels={"instance": "b"})
    (recovered,) = of_type(observe(detector, healthy), ObjectiveRecovered)
    assert recovered.time_unix_seconds - START > 39


def test_an_objective_without_a_forecast_in_its_policy_is_still_forecast():
    detector = watching()
    said = of_type(observe(detector, points(0.05 + 0.004 * np.arange(49))), BreachForecast)
    assert said[0].horizon_seconds == 60.0
