"""
Evidence combined by an expression of the policy.
"""

import msgspec
import pytest

from decider.obstacles import BOTH
from decider.stories import breach, forecast, given, policy, recovered, started
from rollguard_decider.replay import Replay
from rollguard_schemas.decisions import RollbackDecided

ACTS = {"breach": True, "forecast": {"probability": 0.9}}


def _given(text, *facts, **more):
    combine = {"rule": "expression", "expression": text, **more}
    return given(started(), *facts, rules=policy(objectives=BOTH, combine=combine, act_on=ACTS, ladder={"forecast": "rollback"}))


def _latency(at=70):
    return breach("s-2", at=at, name="latency", value=400.0, bound=300.0, direction="above", episode="ep-2")


def test_an_expression_that_holds_lets_act():
    story = _given("accuracy.shows && latency.shows", breach()).when(_latency())
    decision = story.then_rolls_back(to="7")
    assert "combination: accuracy.shows && latency.shows holds, accuracy, latency shows" in decision.explanation.gates


def test_an_expression_that_does_not_hold_holds():
    withheld = _given("accuracy.shows && latency.shows").when(breach()).then_withholds("combination-incomplete")
    assert "accuracy shows" in withheld.explanation.summary


def test_it_knows_how_bad_it_is():
    text = "accuracy.shows && accuracy.value < 0.5"
    _given(text).when(breach(value=0.79)).then_withholds("combination-incomplete")
    _given(text).when(breach(value=0.4)).then_rolls_back(to="7")


def test_it_knows_a_forecast_from_a_breach():
    text = "accuracy.kind == 'breach' || (accuracy.kind == 'forecast' && accuracy.probability > 0.97)"
    _given(text).when(forecast(probability=0.95)).then_withholds("combination-incomplete")
    _given(text).when(forecast(probability=0.99)).then_rolls_back(to="7")


def test_it_knows_how_long_it_shows():
    story = _given("accuracy.shows && accuracy.age_seconds > 100.0", breach(at=60))
    story.when(_latency(at=170)).then_rolls_back(to="7")


def test_what_is_over_shows_no_more():
    story = _given("accuracy.shows && latency.shows", breach(), recovered(at=65, revision="8"))
    story.when(_latency()).then_withholds("combination-incomplete")


def test_a_critical_one_is_enough_whatever_the_expression_says():
    _given("latency.shows", critical=["accuracy"]).when(breach()).then_rolls_back(to="7")


@pytest.mark.parametrize("text", ["latency.value > 300.0", "nothing.shows", "accuracy.value"])
def test_what_cannot_be_answered_holds_and_says_why(text):
    withheld = _given(text).when(breach()).then_withholds("expression-failed")
    assert "cannot be answered" in withheld.explanation.summary


def test_a_backtest_answers_as_the_service_does():
    rules = policy(objectives=BOTH, combine={"rule": "expression", "expression": "shown.size() == 2"}, act_on=ACTS)
    facts = (started(), breach(), _latency())
    live = given(*facts, rules=rules).all_said
    replay = Replay({rules.workload: rules})
    played = [one for fact in facts for one in replay.take(fact, fact.time_unix_seconds)]
    assert msgspec.json.encode(played) == msgspec.json.encode(live)
    assert isinstance(played[-1], RollbackDecided)
