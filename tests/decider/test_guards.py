"""
The guards between evidence and action: each alone, and each with each other, of which the one that is asked first speaks.
"""

import pytest

from decider.obstacles import ALWAYS, BOTH, NEEDS_DECISION, OBSTACLES, PAIRS, Scene
from decider.stories import (
    START,
    anomaly,
    breach,
    command,
    forecast,
    given,
    policy,
    recovered,
    regression,
    reverted,
    roll_back_now,
    started,
)
from rollguard_decider.core.gates import SIGNAL_GATES
from rollguard_decider.core.phases import MEANINGS, TRANSITIONS
from rollguard_schemas.commands import Approve, Veto
from rollguard_schemas.decisions import HoldDecided, RollbackDecided, Withheld


@pytest.mark.parametrize("reason", OBSTACLES)
def test_each_gate_alone_holds_with_its_own_reason_and_says_what_would_change_it(reason):
    scene = Scene()
    OBSTACLES[reason](scene)
    said = scene.played()

    assert isinstance(said, Withheld), said
    assert said.reason == reason, said.explanation.summary
    assert said.would_change
    assert len(said.explanation.gates) < len(SIGNAL_GATES)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_gates_that_hold_the_one_that_is_asked_first_speaks(first, second):
    scene = Scene()
    for reason in (second, first) if first in NEEDS_DECISION else (first, second):
        OBSTACLES[reason](scene)
    assert scene.played().reason == first


def test_there_are_pairs_of_every_gate():
    assert {one for pair in PAIRS for one in pair} == set(OBSTACLES)
    assert len(PAIRS) > 100


def test_with_nothing_in_the_way_every_gate_says_how_it_was_passed():
    said = Scene().played()
    assert isinstance(said, RollbackDecided)
    assert [line.partition(":")[0] for line in said.explanation.gates] == [gate.name for gate in SIGNAL_GATES]


def _given(*facts, **spec):
    return given(*facts, rules=policy(**spec))


FORECAST = {"act_on": {"forecast": {"probability": 0.9}}}


def test_a_forecast_alone_only_holds_the_rollout():
    story = _given(started(), **FORECAST).when(forecast())
    (decision,) = story.said

    assert isinstance(decision, HoldDecided)
    assert decision.until_unix_seconds == START + 60 + 3600
    assert story.state.phase == "held"
    assert "Hold shop/fraud-scorer at revision 8" in decision.explanation.summary


def test_a_rollout_is_held_once_and_a_breach_takes_it_back_all_the_same():
    story = _given(started(), forecast(), **FORECAST)
    story.when(forecast("s-f2", at=70, episode="ep-2")).then_withholds("already-decided")
    decision = story.when(breach(at=80)).then_rolls_back(to="7")

    assert decision.fence == 2


def test_a_hold_is_no_rollback_and_spends_no_budget():
    spec = FORECAST | {"guards": {"maxRollbacksPerDay": 1, "cooldownSeconds": 3600}}
    _given(started(), forecast(), **spec).when(breach(at=70)).then_rolls_back(to="7")


def test_a_hold_can_be_vetoed_before_it_is_decided():
    story = _given(started(), forecast(), **FORECAST)
    (first,) = [one for one in story.all_said if isinstance(one, HoldDecided)]
    story = _given(started(), command(Veto, decision_id=first.id), **FORECAST)
    story.when(forecast()).then_withholds("vetoed")


@pytest.mark.parametrize("kind", ["missing", "stuck"])
def test_silence_may_hold_a_rollout_and_never_take_it_back(kind):
    spec = {"act_on": {"anomaly": "low"}, "ladder": {"silence": "hold"}}
    (decision,) = _given(started(), **spec).when(anomaly(kind=kind)).said
    assert isinstance(decision, HoldDecided)


def test_a_fallback_is_where_one_returns_to_when_nothing_is_known_to_be_good():
    decision = _given(started(old=None), fallbackRevision="rules").when(breach()).then_rolls_back(to="rules")
    assert "last good revision: rules, the policy's fallback" in decision.explanation.gates


def test_a_fallback_that_is_the_suspect_itself_is_none():
    _given(started(old=None), fallbackRevision="8").when(breach()).then_withholds("no-last-good-revision")


def test_all_of_several_objectives_take_a_rollout_back_with_the_last_that_shows():
    spec = {"objectives": BOTH, "combine": {"rule": "all"}}
    story = _given(started(), **spec)
    withheld = story.when(breach()).then_withholds("combination-incomplete")
    assert withheld.would_change == "latency showing it as well"
    latency = breach("s-2", name="latency", at=70, value=400.0, bound=300.0, direction="above", episode="ep-2")
    story.when(latency).then_rolls_back(to="7")


def test_what_is_over_no_longer_shows():
    spec = {"objectives": BOTH, "combine": {"rule": "all"}}
    story = _given(started(), breach(), recovered(at=65, revision="8"), **spec)
    latency = breach("s-2", name="latency", at=70, value=400.0, bound=300.0, direction="above", episode="ep-2")
    story.when(latency).then_withholds("combination-incomplete")


def test_a_critical_objective_is_enough_alone():
    spec = {"objectives": BOTH, "combine": {"rule": "all", "critical": ["accuracy"]}}
    _given(started(), **spec).when(breach()).then_rolls_back(to="7")


@pytest.mark.parametrize(("weight", "acts"), [(0.7, True), (0.6, False)])
def test_weights_take_a_rollout_back_from_the_share_that_the_policy_asks_for(weight, acts):
    combine = {"rule": "weighted", "weights": {"accuracy": weight, "latency": 1 - weight}, "atLeast": 0.65}
    story = _given(started(), objectives=BOTH, combine=combine).when(breach())
    assert isinstance(story.said[0], RollbackDecided) is acts


def test_a_regression_counts_for_the_objective_of_its_metric():
    spec = {"objectives": BOTH, "combine": {"rule": "all"}, "act_on": {"regression": True}}
    latency = breach("s-2", name="latency", at=70, value=400.0, bound=300.0, direction="above", episode="ep-2")
    _given(started(), regression(at=65), **spec).when(latency).then_rolls_back(to="7")


def test_each_rollback_of_a_day_makes_the_cooldown_longer_by_the_backoff():
    guards = {"cooldownSeconds": 100, "cooldownBackoff": 10, "maxRollbacksPerDay": 9}
    story = _given(guards=guards)
    for number, at in enumerate((0, 200)):
        story.given(
            started(f"ro-{number}", old="7", new=f"b{number}", at=at), breach(f"s-{number}", at=at + 1, revision=f"b{number}")
        )
        story.given(reverted(f"ro-{number}", bad=f"b{number}", at=at + 2))
    story.given(started("ro-9", old="7", new="b9", at=800))
    withheld = story.when(breach("s-9", at=801, revision="b9")).then_withholds("cooldown")

    assert "the cooldown is 16.7 min" in withheld.explanation.summary


NINE_TO_FIVE = {"days": ["mon", "tue", "wed", "thu", "fri"], "fromTime": "09:00", "untilTime": "17:00", "name": "business hours"}


def test_in_business_hours_a_person_is_asked():
    # START is a Friday, 08:00 UTC, which is 09:00 in Berlin.
    guards = {"recommendOnlyWindows": [NINE_TO_FIVE | {"timeZone": "Europe/Berlin"}]}
    decision = _given(started(), guards=guards).when(breach()).then_rolls_back(to="7")

    assert decision.mode == "recommend"
    assert "mode: recommend, since it is business hours" in decision.explanation.gates
    assert _given(started(), guards={"recommendOnlyWindows": [NINE_TO_FIVE]}).when(breach()).then_rolls_back(to="7").mode == "act"


APPROVAL = {"approval": {"required": True, "by": ["ada"], "timeoutSeconds": 600}}


def _approve(decision, *, by="ada", at=100):
    return command(Approve, id=f"c-{by}-{at}", by=by, at=at, decision_id=decision.id)


def test_where_approval_is_required_even_act_waits_for_who_may_give_it():
    story = _given(started(), **APPROVAL)
    recommended = story.when(breach()).then_rolls_back(to="7")
    assert recommended.mode == "recommend"
    story.when(_approve(recommended, by="bob")).then_withholds("not-an-approver")
    assert story.when(_approve(recommended)).then_rolls_back(to="7").mode == "act"


def test_an_approval_that_comes_too_late_is_refused():
    story = _given(started(), **APPROVAL)
    recommended = story.when(breach()).then_rolls_back(to="7")
    story.when(_approve(recommended, at=661)).then_withholds("approval-expired")


def test_a_person_who_orders_is_held_by_no_budget_and_no_window():
    spec = {"guards": {"freezeWindows": [ALWAYS], "maxRollbacksPerDay": 0}}
    _given(started(), **spec).when(roll_back_now()).then_rolls_back(to="7")


def test_every_phase_has_a_meaning_and_can_be_left_and_reached():
    reached = {after for moves in TRANSITIONS.values() for after in moves.values()}
    assert set(TRANSITIONS) == set(MEANINGS)
    assert reached | {"idle"} == set(TRANSITIONS)
    assert all(TRANSITIONS.values())
