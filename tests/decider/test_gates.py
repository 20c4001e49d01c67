"""
Every gate between a signal and an action: what it lets pass, what it holds, and what it says then.
"""

import pytest

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
    serving,
    started,
)
from rollguard_decider.core.decide import decide
from rollguard_decider.core.gates import SIGNAL_GATES
from rollguard_decider.core.state import WorkloadState
from rollguard_schemas.commands import Freeze, KillSwitch, Mute, Quarantine, Unfreeze, Veto
from rollguard_schemas.decisions import Verification

OTHER = [{"name": "latency", "metric": "latency_p99", "above": 300.0}]


def test_accuracy_below_its_bound_takes_the_previous_good_version_back():
    decision = given(started()).when(breach()).then_rolls_back(to="7")

    assert decision.mode == "act"
    assert decision.signal_ids == ("s-1",)
    assert decision.fence == 1
    assert decision.deadline_unix_seconds == START + 60 + 300
    assert decision.verification == Verification(within_seconds=300.0, objective="accuracy")
    assert decision.attribution.cause == "rollout"
    assert len(decision.explanation.gates) == len(SIGNAL_GATES)
    assert decision.explanation.contributions[0].series == "accuracy"
    assert "revision 8 to 7" in decision.explanation.summary
    assert "accuracy is 0.79, below its bound 0.85" in decision.explanation.summary


def test_the_deadline_and_the_verification_come_from_the_policy():
    rules = policy(verify={"withinSeconds": 60, "decisionExpiresAfterSeconds": 30})
    decision = given(started(), rules=rules).when(breach()).then_rolls_back(to="7")

    assert decision.deadline_unix_seconds == START + 90
    assert decision.verification.within_seconds == 60


def test_a_signal_without_a_policy_is_withheld():
    decisions = decide(None, WorkloadState(workload="shop/fraud-scorer"), breach(), START)
    assert [one.reason for one in decisions] == ["no-policy"]
    assert decisions[0].policy is None


@pytest.mark.parametrize("signal", [serving(), recovered()], ids=["serving", "recovered"])
def test_what_needs_no_action_is_answered_as_information(signal):
    assert given(started()).when(signal).then_withholds("informational").signal_ids == (signal.id,)


def test_the_kill_switch_holds_before_anything_is_weighed():
    story = given(started(), command(KillSwitch, engaged=True, why="rehearsal"))
    withheld = story.when(breach()).then_withholds("kill-switch")

    assert withheld.explanation.gates == ()
    assert "alice: rehearsal" in withheld.explanation.summary


def test_the_fleets_kill_switch_holds_every_workload():
    story = given(started()).restrained_by_fleet(command(KillSwitch, engaged=True, workload="*"))
    story.when(breach()).then_withholds("kill-switch")


def test_a_released_kill_switch_holds_nothing():
    story = given(started(), command(KillSwitch, engaged=True), command(KillSwitch, id="c-2", engaged=False))
    story.when(breach()).then_rolls_back(to="7")


def test_a_freeze_holds_until_its_end_and_no_longer():
    story = given(started(), command(Freeze, until=100))
    story.when(breach(at=99)).then_withholds("frozen")
    story.when(breach("s-2", at=100)).then_rolls_back(to="7")


def test_an_unfrozen_workload_acts_again():
    given(started(), command(Freeze), command(Unfreeze, id="c-2")).when(breach()).then_rolls_back(to="7")


def test_a_muted_metric_is_held_and_others_are_not():
    story = given(started(), command(Mute, metric="latency_p99"), rules=policy(act_on={"anomaly": "low"}))
    story.when(anomaly()).then_withholds("muted")
    given(started(), command(Mute, metric="latency_p99")).when(breach()).then_rolls_back(to="7")


def test_a_mute_without_a_metric_is_for_all():
    given(started(), command(Mute)).when(breach()).then_withholds("muted")


def test_evidence_that_the_policy_does_not_list_is_withheld():
    for rules, signal in (
        (policy(act_on={"breach": False}), breach()),
        (policy(), forecast()),
        (policy(), anomaly()),
        (policy(), regression()),
        (policy(objectives=OTHER), breach()),
    ):
        given(started(), rules=rules).when(signal).then_withholds("not-listed-in-policy")


def test_a_forecast_acts_from_the_probability_that_the_policy_asks_for():
    rules = policy(act_on={"forecast": {"probability": 0.9, "horizonSeconds": 600}}, ladder={"forecast": "rollback"})
    given(started(), rules=rules).when(forecast(probability=0.899)).then_withholds("below-threshold")
    given(started(), rules=rules).when(forecast(probability=0.9)).then_rolls_back(to="7")


def test_a_forecast_beyond_the_policys_horizon_is_too_weak():
    rules = policy(act_on={"forecast": {"probability": 0.9, "horizonSeconds": 300}})
    given(started(), rules=rules).when(forecast(probability=1.0, horizon=600)).then_withholds("below-threshold")


@pytest.mark.parametrize("kind", ["missing", "stuck"])
def test_no_data_is_no_verdict_whatever_the_policy_lists(kind):
    story = given(started(), rules=policy(act_on={"anomaly": "low"}))
    story.when(anomaly(kind=kind)).then_withholds("not-listed-in-policy")


def test_an_anomaly_acts_from_the_severity_that_the_policy_asks_for():
    rules = policy(act_on={"anomaly": "medium"})
    given(started(), rules=rules).when(anomaly(severity="low")).then_withholds("below-threshold")
    decision = given(started(), rules=rules).when(anomaly(severity="medium")).then_rolls_back(to="7")
    assert decision.verification == Verification(within_seconds=300.0, incident="in-1")


def test_a_breach_of_a_bound_that_the_policy_no_longer_has_is_too_weak():
    rules = policy(objectives=[{"name": "accuracy", "metric": "accuracy", "below": 0.7}])
    given(started(), rules=rules).when(breach(value=0.79, bound=0.85)).then_withholds("below-threshold")


def test_a_breach_without_any_rollout_is_not_the_rollouts():
    given().when(breach()).then_withholds("not-the-rollout")


def test_a_breach_on_another_revision_is_not_the_rollouts():
    withheld = given(started()).when(breach(revision="7")).then_withholds("not-the-rollout")
    assert "seen on revision 7" in withheld.explanation.summary


def test_telemetry_that_names_no_revision_is_judged_by_the_window_alone():
    given(started()).when(breach(revision=None)).then_rolls_back(to="7")
    given(started()).when(breach(revision=None, at=-1)).then_withholds("not-the-rollout")


def test_what_begins_after_the_window_is_not_the_rollouts():
    rules = policy(guards={"rolloutWindowSeconds": 600})
    given(started(), rules=rules).when(breach(at=601)).then_withholds("not-the-rollout")
    given(started(), rules=rules).when(breach(at=600)).then_rolls_back(to="7")


def test_a_rollout_from_nothing_has_nothing_to_return_to():
    given(started(old=None)).when(breach()).then_withholds("no-last-good-revision")


def test_the_revision_of_an_earlier_rollout_is_good_enough():
    given(started("ro-7", old=None, new="7", at=-500), started(old=None)).when(breach()).then_rolls_back(to="7")


def test_a_quarantined_revision_is_never_returned_to():
    quarantine = command(Quarantine, revision="7")
    given(started(), quarantine).when(breach()).then_withholds("no-last-good-revision")
    given(started("ro-7", old="6", new="7", at=-500), started(), quarantine).when(breach()).then_rolls_back(to="6")


def test_a_revision_that_was_taken_back_is_never_returned_to():
    history = started("ro-7", old="6", new="7", at=-900), reverted("ro-7", bad="7", good="6", at=-800)
    given(*history, started(old="7")).when(breach()).then_rolls_back(to="6")


def test_a_bad_artifact_under_another_number_is_never_returned_to():
    history = (
        started("ro-6", old="5", new="6", at=-900, digest="sha256:bad"),
        reverted("ro-6", bad="6", good="5", at=-800),
        started("ro-7", old="5", new="7", at=-700, digest="sha256:bad"),
    )
    given(*history, started()).when(breach()).then_rolls_back(to="5")


def test_a_second_signal_on_one_rollout_is_withheld():
    story = given(started())
    first = story.when(breach()).then_rolls_back(to="7")
    assert story.when(breach("s-2", at=70)).then_withholds("already-decided").decision_id == first.id


def test_a_vetoed_decision_is_not_made_again():
    story = given(started(), rules=policy(mode="recommend"))
    decision = story.when(breach()).then_rolls_back(to="7")
    story.given(command(Veto, decision_id=decision.id, at=65))
    assert story.when(breach("s-2", at=70)).then_withholds("vetoed").decision_id == decision.id


def test_a_vetoed_suspect_is_good_enough_later():
    story = given(started("ro-7", old="6", new="7", at=-1000), rules=policy(mode="recommend"))
    decision = story.when(breach(at=-990, revision="7")).then_rolls_back(to="6", suspect="7")
    story.given(command(Veto, decision_id=decision.id, at=-980), started())
    story.when(breach("s-2")).then_rolls_back(to="7")


def test_a_second_rollout_during_cooldown_is_withheld():
    story = given(started(), breach(), started("ro-9", old="7", new="9", at=100))
    withheld = story.when(breach("s-2", at=120, revision="9")).then_withholds("cooldown")
    assert withheld.would_change == "waiting 9 min"
    story.when(breach("s-3", at=660, revision="9")).then_rolls_back(to="7", suspect="9")


def test_a_spent_budget_holds_until_a_day_has_passed():
    rules = policy(guards={"maxRollbacksPerDay": 1, "cooldownSeconds": 0})
    story = given(started(), breach(), started("ro-9", old="7", new="9", at=100), rules=rules)
    story.when(breach("s-2", at=120, revision="9")).then_withholds("budget-spent")
    story.given(started("ro-10", old="7", new="10", at=86_400))
    story.when(breach("s-3", at=60 + 86_400, revision="10")).then_rolls_back(to="7", suspect="10")


def test_a_budget_of_nothing_allows_nothing():
    given(started(), rules=policy(guards={"maxRollbacksPerDay": 0})).when(breach()).then_withholds("budget-spent")


def test_after_a_rollback_nothing_automatic_happens_until_a_new_rollout():
    story = given(started(), breach(), reverted(at=90), rules=policy(guards={"cooldownSeconds": 0}))
    withheld = story.when(breach("s-2", at=200, revision="7")).then_withholds("not-the-rollout")
    assert withheld.attribution.cause == "global"
    story.when(breach("s-3", at=210, revision=None)).then_withholds("not-the-rollout")
    story.given(started("ro-9", old="7", new="9", at=300))
    story.when(breach("s-4", at=310, revision="9")).then_rolls_back(to="7", suspect="9")


def test_a_withheld_answer_says_which_gate_held_and_what_would_change_it():
    withheld = given(started(), rules=policy(act_on={"forecast": {"probability": 0.9}})).when(forecast(probability=0.85)).said[0]
    assert "the breach is 85% probable, the policy asks for 90%" in withheld.explanation.summary
    assert withheld.would_change == "a probability of 90% or more"
    assert withheld.explanation.gates[-1] == "freshness: seen 0 s ago"
