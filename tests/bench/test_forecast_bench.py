"""
What a breach is, what a forecast of it earns, how true probabilities are; and that made-up streams stay what they were.
"""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from scoring import forecast_credit, worlds
from scoring.bounded_stream import BoundedStream, load
from scoring.breaches import Truth, running_median, truth
from scoring.forecast_credit import Forecasts
from scoring.forecast_rivals import predict_linear, proximity
from scoring.reliability import auc, calibration_error, matured, reliability
from scoring.scenarios import KINDS, scenarios

BENCH = Path(__file__).resolve().parents[2] / "bench"
DAY = 1440


def stream(values, bound=1.0, *, above=True):
    return BoundedStream("unit", "group", tuple(map(float, values)), bound, above)


def day_with_alarms(*alarms, breaches=(), asked_until=DAY):
    scores = [0.0] * DAY
    for at, score in alarms:
        scores[at] = score
    return Forecasts(scores, Truth(tuple(breaches), tuple(at < asked_until for at in range(DAY))))


def outcome_at(forecasts, threshold=0.5):
    return next(outcome for outcome in forecast_credit.sweep(forecasts) if outcome.threshold == threshold)


def test_a_wild_sample_is_no_breach_and_three_are():
    quiet = [0.0] * 50
    assert truth(stream([*quiet, 9, 9, *quiet])).breaches == ()
    assert truth(stream([*quiet, 9, 9, 9, *quiet])).breaches == (52,)


def test_the_median_of_few_samples_is_the_upper_one():
    assert running_median([3.0, 1.0, 2.0, 5.0, 4.0, 0.0]) == [3.0, 3.0, 2.0, 3.0, 3.0, 2.0]


def test_a_breach_below_is_one_of_the_turned_series():
    values = [0.0] * 50 + [9.0] * 10 + [0.0] * 60
    assert truth(stream(values)) == truth(stream([-value for value in values], -1.0, above=False))


@pytest.mark.parametrize(("good_samples", "breaches"), [(29, 1), (30, 2)])
def test_a_flutter_at_the_bound_is_one_breach(good_samples, breaches):
    values = [0.0] * 50 + [9.0] * 10 + [0.0] * good_samples + [9.0] * 10
    assert len(truth(stream(values)).breaches) == breaches


def test_nobody_is_asked_in_the_first_samples_during_a_breach_or_shortly_after():
    asked = truth(stream([0.0] * 50 + [9.0] * 10 + [0.0] * 60)).asked
    assert [at for at in range(1, len(asked)) if asked[at] != asked[at - 1]] == [15, 52, 92]


def test_a_lead_of_half_a_horizon_earns_half():
    outcome = outcome_at([day_with_alarms((85, 0.5), breaches=[100])])
    assert (outcome.credit, outcome.recall, outcome.median_lead_samples, outcome.false_alarms_a_day) == (50.0, 100.0, 15, 0.0)


def test_more_than_a_horizon_earns_no_more_and_a_missed_breach_nothing():
    outcome = outcome_at([day_with_alarms((50, 0.9), breaches=[100, 500])])
    assert (outcome.credit, outcome.recall) == (50.0, 50.0)


def test_an_alarm_too_late_to_act_on_is_neither_right_nor_false():
    outcome = outcome_at([day_with_alarms((99, 0.9), breaches=[100])])
    assert (outcome.credit, outcome.false_alarms_a_day) == (0.0, 0.0)


def test_an_alarm_speaks_for_a_horizon():
    assert outcome_at([day_with_alarms((300, 0.9), (329, 0.9), breaches=[100])]).false_alarms_a_day == 1.0
    assert outcome_at([day_with_alarms((300, 0.9), (330, 0.9), breaches=[100])]).false_alarms_a_day == 2.0


def test_false_alarms_are_counted_by_the_time_in_which_a_forecast_is_asked_for():
    assert outcome_at([day_with_alarms((300, 0.9), asked_until=DAY // 2)]).false_alarms_a_day == 2.0


def test_the_budget_chooses_the_threshold():
    sweep = forecast_credit.sweep([day_with_alarms((80, 0.9), (70, 0.6), (500, 0.6), breaches=[100])])
    assert forecast_credit.within(sweep, 0.2).credit == pytest.approx(100 * 20 / 30)
    assert forecast_credit.within(sweep, 1.0).credit == 100.0


def test_without_a_breach_there_is_no_credit_to_speak_of():
    assert outcome_at([day_with_alarms((80, 0.9))]).credit is None


def test_predict_linear_says_half_where_its_line_passes_the_bound_in_a_horizon():
    rising = predict_linear(stream([0.01 * at for at in range(100)], bound=0.99 + 0.3))
    assert rising[:5] == [0.0] * 5
    assert rising[94] == pytest.approx(1 / (1 + (0.3 + 0.1) / 0.01 / 30))  # the least of six
    assert predict_linear(stream([0.5] * 50)) == [0.0] * 50


def test_proximity_is_the_share_of_the_way_that_is_gone():
    shares = proximity(stream([0.2] * 20 + [0.6] * 10))
    assert (shares[4], shares[19], shares[25]) == pytest.approx((0.0, 0.0, 0.5))


def test_the_same_seed_gives_the_same_days_for_ever():
    days = scenarios("7")
    digest = sha256(json.dumps([[day.values, day.bound, day.above] for day in days]).encode()).hexdigest()
    assert (len(days), digest[:16]) == (120, "494df14333ee170a")
    assert len(KINDS) == 11


@pytest.mark.parametrize("name", worlds.WORLDS)
def test_every_world_has_breaches_to_foresee(name):
    truths = [truth(one) for one in worlds.world(name, "5", streams=20)]
    assert sum(len(one.breaches) for one in truths) >= 3
    assert worlds.world(name, "5", streams=2) == worlds.world(name, "5", streams=10)[:2]


def test_a_true_probability_has_no_calibration_error_and_the_base_rate_no_skill():
    said = np.repeat([0.1, 0.5], [1000, 1000])
    came = np.array([1.0] * 100 + [0.0] * 900 + [1.0] * 500 + [0.0] * 500)
    assert calibration_error(said, came) == pytest.approx(0.0)
    assert calibration_error(np.minimum(said + 0.2, 1.0), came) == pytest.approx(0.2)
    assert reliability(np.full(2000, 0.3), came).brier_skill == pytest.approx(0.0)


def test_auc_is_the_share_of_pairs_in_order_and_ties_count_half():
    assert auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx(0.75)
    assert auc(np.array([0.5, 0.5, 0.5]), np.array([1.0, 0.0, 1.0])) == pytest.approx(0.5)


def test_what_has_not_matured_is_left_out():
    said, came = matured([day_with_alarms(breaches=[100, 1430])])
    assert len(said) == DAY - 10  # of the last 30 samples all but those that a breach follows
    assert came.sum() == 30 + 30


def test_a_run_prints_one_json_line(tmp_path):
    ramp = [0.2 + 0.001 * (row % 3) + max(0.0, 0.01 * (row - 100)) for row in range(300)]
    rows = [f"2026-01-05 00:00:00,{value}" for value in ramp]
    (tmp_path / "ramp.csv").write_text(
        "\n".join(["#slo threshold=1.0 direction=above horizon_s=1800 group=made unit=u1 dt=60", *rows])
    )
    forecaster = tmp_path / "forecaster.py"
    forecaster.write_text(
        "import sys\n"
        "assert sys.stdin.readline() == '#slo threshold=1.0 direction=above horizon_s=1800\\n'\n"
        "for line in iter(sys.stdin.readline, ''):\n"
        "    print(max(0.0, min(1.0, float(line.split(',')[1]))), 0, 0, 0, sep=',', flush=True)\n"
    )
    (only,) = load(tmp_path)
    assert truth(only).breaches == (182,)
    arguments = ["--dir", str(tmp_path), "--cmd", f"{sys.executable} {forecaster}", "--worlds", "none"]
    ran = subprocess.run([sys.executable, str(BENCH / "forecast.py"), *arguments], check=True, capture_output=True, text=True)
    (line,) = ran.stdout.splitlines()
    result = json.loads(line)
    assert result["groups"]["made"]["breaches"] == 1
    assert result["mean_credit"]["at_1_a_day"]["command"] == 100.0
