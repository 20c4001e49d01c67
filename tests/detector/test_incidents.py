"""
Incidents: one opening and one end for what lasts, none for what is quiet or over in a moment.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollguard_detector.core.incidents import TRANSITIONS, SeriesModel


def findings(values):
    model = SeriesModel()
    found = [(second, model.observe(float(value), 1e9 + second)) for second, value in enumerate(values)]
    return [(second, incident) for second, incident in found if incident is not None]


def names(values):
    return [incident.finding for _, incident in findings(values)]


@pytest.mark.parametrize("seed", range(5))
def test_quiet_series_open_nothing(seed):
    rng = np.random.default_rng(seed)
    assert names(1 + 0.1 * rng.standard_normal(5000)) == []
    assert names(np.exp(0.6 * rng.standard_normal(5000))) == []
    assert names(rng.poisson(2.0, 5000)) == []
    assert names(np.full(1000, 3.0)) == []


def test_a_lasting_jump_opens_one_incident_and_its_end_closes_it():
    for seed in range(5):
        values = 1 + 0.1 * np.random.default_rng(seed).standard_normal(900)
        values[300:360] += 1.0
        (opened_at, opened), (cleared_at, cleared) = findings(values)
        assert (opened.finding, opened.direction, cleared.finding) == ("departure", "up", "return")
        assert 300 <= opened_at <= 315
        assert 360 <= cleared_at <= 390
        assert opened.expected_low < 1 < opened.expected_high < 2
        assert opened.opened_at == cleared.opened_at


def test_a_new_level_that_stays_is_adopted_once():
    values = 1 + 0.1 * np.random.default_rng(4).standard_normal(4000)
    values[300:] += 1.0
    assert names(values) == ["departure", "adoption"]


def test_one_outlier_is_no_incident():
    values = 1 + 0.1 * np.random.default_rng(4).standard_normal(600)
    values[400] = 1e6
    assert names(values) == []


def test_severity_grows_with_the_size_of_the_jump():
    severities = []
    for deviations in (5, 8, 20):
        values = 1 + 0.1 * np.random.default_rng(2).standard_normal(400)
        values[300:] += 0.1 * deviations
        severities.append(findings(values)[0][1].severity)
    assert severities == ["low", "medium", "high"]


def test_a_falling_series_falls_down():
    values = 1 + 0.05 * np.random.default_rng(2).standard_normal(400)
    values[300:] -= 0.6
    assert findings(values)[0][1].direction == "down"


def test_a_sample_is_scored_by_what_was_known_before_it():
    values = 1 + 0.1 * np.random.default_rng(9).standard_normal(330)
    values[300:] += 3.0
    opened_at, opened = findings(values)[0]
    (_, other), *_ = findings([*values[:opened_at], 4000.0])
    assert (opened.expected, opened.expected_high) == (other.expected, other.expected_high)


@settings(max_examples=20, deadline=None)
@given(st.integers(-40, 40), st.integers(0, 1000))
def test_decisions_do_not_depend_on_the_unit(exponent, seed):
    values = 1 + 0.1 * np.random.default_rng(seed).standard_normal(500)
    values[300:380] += 0.7
    scaled = values * 2.0**exponent
    assert [(at, one.finding, one.severity) for at, one in findings(values)] == [
        (at, one.finding, one.severity) for at, one in findings(scaled)
    ]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.tuples(st.integers(5, 200), st.floats(-50, 50)), min_size=1, max_size=8))
def test_openings_and_ends_alternate_whatever_the_series_does(seed, stretches):
    rng = np.random.default_rng(seed)
    values = np.concatenate([rng.standard_normal(60), *(level + rng.standard_normal(length) for length, level in stretches)])
    found = names(values)
    assert all(name == "departure" for name in found[::2])
    assert all(name in ("return", "adoption") for name in found[1::2])


def test_every_move_of_the_table_starts_where_another_ends():
    assert {state for state, _ in TRANSITIONS} == set(TRANSITIONS.values())
