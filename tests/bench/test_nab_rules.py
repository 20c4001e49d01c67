"""
NAB's rules on cases small enough for a pencil, and laws that hold for any scores.
"""

from math import exp, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoring import nab
from scoring.nab import PROFILES, STANDARD, Scored

ROWS, WINDOW = 100, (40, 49)  # 15 rows of probation


def with_scores(**at):
    scores = [0.0] * ROWS
    for row, score in at.items():
        scores[int(row.removeprefix("row"))] = score
    return [Scored(scores, [WINDOW])]


def sigmoid(position):
    return 2.0 / (1.0 + exp(5.0 * position)) - 1.0


def test_a_detection_at_a_windows_first_row_is_perfect():
    assert nab.sweep(with_scores(row40=1.0), STANDARD).best() == pytest.approx((100.0, 1.0))


def test_who_never_speaks_gets_nothing():
    assert nab.sweep(with_scores(), STANDARD).at(inf) == 0.0


def test_a_later_detection_earns_what_the_sigmoid_of_its_place_says():
    worth = sigmoid(-5 / 10) / sigmoid(-1)
    assert nab.sweep(with_scores(row45=1.0), STANDARD).at(1.0) == pytest.approx(100 * (worth + 1) / 2)


def test_only_the_earliest_detection_in_a_window_counts():
    sweep = nab.sweep(with_scores(row42=0.5, row44=0.9, row46=0.7), STANDARD)
    for threshold, row in ((0.9, 44), (0.7, 44), (0.5, 42)):
        worth = sigmoid(-(49 - row + 1) / 10) / sigmoid(-1)
        assert sweep.at(threshold) == pytest.approx(100 * (worth + 1) / 2)


def test_a_false_alarm_costs_all_before_any_window_and_less_just_behind_one():
    silent = with_scores()[0]
    for row, position in ((30, inf), (52, 3 / 9), (60, 11 / 9), (90, inf)):
        scores = list(silent.scores)
        scores[row] = 1.0
        weight = -1.0 if position > 3 else sigmoid(position)
        assert nab.sweep([Scored(scores, [WINDOW])], STANDARD).at(1.0) == pytest.approx(100 * 0.11 * weight / 2)


def test_profiles_weigh_misses_and_false_alarms():
    files = with_scores(row30=1.0, row40=1.0)
    assert nab.sweep(files, PROFILES["low_fp"]).at(1.0) == pytest.approx(100 * (2 - 0.22) / 2)
    assert nab.sweep(files, PROFILES["low_fn"]).at(1.0) == pytest.approx(100 * (3 - 0.11) / 3)


def test_nothing_counts_during_probation():
    assert nab.sweep(with_scores(row14=1.0), STANDARD).at(1.0) == 0.0
    assert nab.sweep(with_scores(row15=1.0), STANDARD).at(1.0) < 0.0


@pytest.mark.parametrize(("rows", "probation"), [(100, 15), (99, 14), (4_999, 749), (5_000, 750), (20_000, 750)])
def test_probation_is_fifteen_percent_and_never_more_than_750_rows(rows, probation):
    assert nab.probation_rows(rows) == probation


def test_one_threshold_holds_for_all_files():
    found_early, found_at_half = with_scores(row40=1.0)[0], with_scores(row40=0.5, row20=0.6)[0]
    best, threshold = nab.sweep([found_early, found_at_half], STANDARD).best()
    assert (best, threshold) == pytest.approx((100 * (4 - 0.11) / 4, 0.5))


def test_detections_are_counted_as_windows_and_as_false_rows():
    assert nab.detections(with_scores(row14=1.0, row20=1.0, row41=1.0, row42=1.0, row99=0.4), 0.5) == (1, 1)


SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), min_size=ROWS, max_size=ROWS)


@given(SCORES, st.sampled_from([0.05, 0.1, 0.3, 0.5, 0.9, 1.0]))
def test_the_sweep_agrees_with_judging_each_threshold_alone(scores, threshold):
    expected = 0.0
    first, last = WINDOW
    detections = [row for row in range(15, ROWS) if scores[row] >= threshold]
    inside = [row for row in detections if first <= row <= last]
    if inside:
        expected += 1 + sigmoid(-(last - inside[0] + 1) / 10) / sigmoid(-1)
    for row in detections:
        if row < first:
            expected -= 0.11
        elif row > last:
            expected += 0.11 * (sigmoid((row - last) / 9) if (row - last) / 9 <= 3 else -1.0)
    assert nab.sweep([Scored(scores, [WINDOW])], STANDARD).at(threshold) == pytest.approx(100 * expected / 2)


@given(SCORES)
def test_no_threshold_beats_the_best_one(scores):
    sweep = nab.sweep([Scored(scores, [WINDOW])], STANDARD)
    best, threshold = sweep.best()
    assert sweep.at(threshold) == best
    assert all(sweep.at(other) <= best for other in (inf, 0.0, 0.1, 0.5, 0.9, 1.0))
