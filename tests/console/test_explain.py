"""The whole story of a decision, from whichever of its ids one comes."""

import msgspec
import pytest

from rollguard_console.account import account
from rollguard_console.account_page import page
from rollguard_runtime.errors import Permanent
from rollguard_schemas.commands import Approve
from rollguard_schemas.evidence import Evidence
from rollguard_schemas.outcomes import Unverified
from rollguard_schemas.signals import Compared, Regression
from rollguard_schemas.topics import COMMANDS, DECISIONS, OUTCOMES, ROLLOUTS, SIGNALS
from support.incident import APPLIED, BEGAN, FORECAST, RECOMMENDED, ROLLOUT, SUCCEEDED, WITHHELD, WORKLOAD

APPROVAL = Approve(
    id="approve-1", workload="shop/fraud-scorer", time_unix_seconds=1_779_990_061.5, by="ada", decision_id="rollback-1"
)
APPROVED = msgspec.structs.replace(RECOMMENDED, id="rollback-1-approved", mode="act")
STORY = [ROLLOUT, FORECAST, RECOMMENDED, APPROVAL, APPROVED, APPLIED, WITHHELD, SUCCEEDED]


@pytest.fixture
def told(rollguard):
    rollguard.say(ROLLOUTS, ROLLOUT)
    rollguard.say(SIGNALS, FORECAST)
    rollguard.say(DECISIONS, RECOMMENDED, APPROVED, WITHHELD)
    rollguard.say(COMMANDS, APPROVAL)
    rollguard.say(OUTCOMES, APPLIED, SUCCEEDED)
    return rollguard


@pytest.mark.parametrize("asked", ["rollback-1", "forecast-1", "applied-1", "approve-1", "rollback-1-approved", "started-1"])
def test_the_story_is_whole_from_whichever_of_its_ids_one_comes(told, asked):
    document = told.document("explain", asked)

    assert {name: [event["id"] for event in document[name]] for name in document if isinstance(document[name], list)} == {
        "rollouts": ["started-1"],
        "signals": ["forecast-1"],
        "decisions": ["rollback-1", "rollback-1-approved"],
        "later_answers": ["withheld-1"],
        "orders": ["approve-1"],
        "outcomes": ["applied-1", "succeeded-1"],
    }


def test_the_page_tells_signal_decision_gates_orders_and_steps_in_this_order(told):
    shown = told("explain", "rollback-1").stdout

    parts = [
        "shop/fraud-scorer: succeeded, mlflow alias fraud@champion 7 -> 6: 6 serves and latency holds",
        "started-1" if "started-1" in shown else "rollout-started",
        "latency: 93% likely above 0.25 within 10 min",
        "observed 0.21 s, expected 0.08 to 0.12 s, from 300 samples",
        "roll mlflow alias fraud@champion back from 7 to 6 (recommend): latency would pass 0.25 s",
        "policy fraud (blake2b:00)",
        "cause rollout: began 60 s after revision 7",
        "gate passed  kill switch: not engaged",
        "100% p99, observed 0.21, expected 0.1",
        "by ada",
        "done         move alias (7 -> 6)",
        "to be verified by",
        "1 later signal withheld: already-decided",
    ]
    places = [shown.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


def test_the_beginning_of_an_id_is_enough():
    assert account("fore", STORY).asked == "forecast-1"


def test_the_beginning_of_several_ids_names_them():
    with pytest.raises(Permanent, match="3 ids begin with r: rollback-1, rollback-1-approved, rollout-x"):
        account("r", [*STORY, msgspec.structs.replace(ROLLOUT, id="rollout-x")])


def test_a_whole_id_wins_over_longer_ones_that_begin_with_it():
    assert account("rollback-1", STORY).asked == "rollback-1"


def test_an_unknown_id_says_where_the_known_ones_are(told):
    result = told("explain", "nothing")

    assert result.exit_code == 1
    assert "`rollguard decisions`" in result.stderr


def test_a_signal_that_nobody_answered_is_told_as_such():
    assert "not answered yet" in page(account("forecast-1", [FORECAST]))


def test_a_decision_without_an_outcome_is_told_as_such():
    shown = page(account("rollback-1", [RECOMMENDED]))

    assert "the actuator has not answered" in shown
    assert "no signal of it is kept any more" in shown


def test_what_was_withheld_is_told_with_what_would_change_it():
    shown = page(account("withheld-1", [WITHHELD]))

    assert "no action (already-decided)" in shown
    assert "what would change it: nothing" in shown


def test_the_page_tells_how_long_after_the_rollout_each_thing_was():
    assert "(+60 s)  breach-forecast" in page(account("rollback-1", STORY))


def test_a_gate_that_held_is_told_apart_from_those_that_were_passed():
    shown = page(account("withheld-1", [WITHHELD]))
    assert "gate held    already-decided: began 60 s after revision 7" in shown


def test_a_forecast_tells_when_as_odds():
    shown = page(account("forecast-1", [FORECAST]))
    assert "breached within: 40 s (1 in 10), 2.5 min (1 in 2), never (9 in 10)" in shown


def test_a_comparison_tells_each_metric_with_effect_and_samples():
    metric = Compared(
        metric="p99",
        verdict="degraded",
        log_e_value=6.0,
        effect_low=1.2,
        effect_high=None,
        control_samples=400,
        candidate_samples=40,
        share_ratio=0.8,
        seconds_to_relevant_effect=90.0,
    )
    compared = Regression(
        id="regression-1",
        workload=WORKLOAD,
        time_unix_seconds=BEGAN,
        revision="7",
        evidence=Evidence(summary="p99 is worse"),
        metric="p99",
        control_revision="6",
        verdict="degraded",
        log_e_value=6.0,
        effect_low=1.2,
        effect_high=None,
        attribution="rollout",
        log_e_needed=4.61,
        windows=9,
        segment="zone-a",
        metrics=(metric,),
    )
    shown = page(account("regression-1", [compared]))

    assert "against revision 6 (concurrent), 9 windows, cause rollout" in shown
    assert "log e-value 6, 4.61 is needed; verdict degraded" in shown
    assert " 80% p99: degraded, 1.2 to any times its control, log e 6, 40 against 400 samples" in shown
    assert "a relevant effect would show in 90 s" in shown
    assert "carried by zone-a alone" in shown


def test_what_waits_for_a_person_is_offered_as_commands():
    shown = page(account("rollback-1", [RECOMMENDED]))
    assert "rollguard approve rollback-1 --why" in shown
    assert "rollguard veto rollback-1 --why" in shown
    assert "rollguard kill-switch on --workload shop/fraud-scorer --why" in shown


def test_what_was_answered_is_not_offered_again():
    shown = page(account("rollback-1", STORY))
    assert "rollguard approve" not in shown
    assert "rollguard quarantine shop/fraud-scorer 7 --why" in shown


def test_what_was_withheld_can_still_be_ordered():
    assert "rollguard rollback shop/fraud-scorer --why" in page(account("withheld-1", [WITHHELD]))


def test_what_could_not_be_verified_points_to_the_ledger():
    unverified = Unverified(**{name: getattr(SUCCEEDED, name) for name in SUCCEEDED.__struct_fields__} | {"id": "unverified-1"})
    shown = page(account("rollback-1", [*(one for one in STORY if one is not SUCCEEDED), unverified]))
    assert "rollguard ledger shop/fraud-scorer" in shown
