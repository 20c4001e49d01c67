"""
What people order, and what holds them all the same.
"""

from decider.stories import START, breach, command, given, policy, reverted, roll_back_now, serving, started
from rollguard_schemas.commands import Approve, Freeze, KillSwitch, Quarantine, Veto

RECOMMEND = policy(mode="recommend")


def _recommended():
    story = given(started(), rules=RECOMMEND)
    return story, story.when(breach()).then_rolls_back(to="7")


def test_roll_back_now_needs_no_evidence():
    decision = given(started()).when(roll_back_now(why="customers call")).then_rolls_back(to="7")
    assert (decision.mode, decision.signal_ids, decision.fence) == ("act", ("c-1",), 1)
    assert "alice asked for a rollback at once (customers call)" in decision.explanation.summary


def test_roll_back_now_acts_even_where_the_policy_only_observes():
    assert given(started(), rules=policy(mode="observe")).when(roll_back_now()).then_rolls_back(to="7").mode == "act"


def test_roll_back_now_goes_to_the_revision_that_is_named():
    given(started()).when(roll_back_now(target_revision="3")).then_rolls_back(to="3")


def test_roll_back_now_during_cooldown_and_over_budget_acts():
    rules = policy(guards={"maxRollbacksPerDay": 1})
    story = given(started(), breach(), started("ro-9", old="7", new="9", at=70), rules=rules)
    assert story.when(roll_back_now(at=80)).then_rolls_back(to="7", suspect="9").fence == 2


def test_roll_back_now_after_a_rollback_goes_one_further():
    story = given(started("ro-7", old="6", new="7", at=-500), started(), reverted())
    story.when(roll_back_now(at=200)).then_rolls_back(to="6", suspect="7")


def test_roll_back_now_without_a_rollout_takes_what_telemetry_names():
    given(serving("8")).when(roll_back_now(target_revision="7")).then_rolls_back(to="7")


def test_roll_back_now_with_nothing_known_is_refused():
    given().when(roll_back_now()).then_withholds("not-the-rollout")


def test_the_kill_switch_holds_roll_back_now_too():
    given(started(), command(KillSwitch, engaged=True)).when(roll_back_now(id="c-2", at=40)).then_withholds("kill-switch")


def test_a_freeze_holds_roll_back_now_too():
    given(started(), command(Freeze)).when(roll_back_now(id="c-2", at=40)).then_withholds("frozen")


def test_roll_back_now_to_a_quarantined_or_serving_revision_is_refused():
    story = given(started(), command(Quarantine, revision="7"))
    story.when(roll_back_now(id="c-2", target_revision="7")).then_withholds("no-last-good-revision")
    story.when(roll_back_now(id="c-3", target_revision="8")).then_withholds("no-last-good-revision")
    story.when(roll_back_now(id="c-4")).then_withholds("no-last-good-revision")


def test_an_order_that_is_heard_twice_acts_once():
    story = given(started(), roll_back_now())
    story.when(roll_back_now()).then_says_nothing()


def test_a_recommended_decision_acts_once_it_is_approved():
    story, recommended = _recommended()
    assert recommended.mode == "recommend"
    approved = story.when(command(Approve, decision_id=recommended.id, at=90)).then_rolls_back(to="7")
    assert approved.mode == "act"
    assert approved.id != recommended.id
    assert approved.fence == recommended.fence + 1
    assert approved.deadline_unix_seconds == START + 90 + 300
    assert approved.verification == recommended.verification


def test_a_second_approval_says_that_it_acts_already():
    story, recommended = _recommended()
    story.given(command(Approve, decision_id=recommended.id, at=90))
    story.when(command(Approve, id="c-2", decision_id=recommended.id, at=95)).then_withholds("already-decided")


def test_an_approval_after_a_veto_is_refused():
    story, recommended = _recommended()
    story.given(command(Veto, decision_id=recommended.id, at=80))
    story.when(command(Approve, id="c-2", decision_id=recommended.id, at=90)).then_withholds("vetoed")


def test_an_approval_of_what_a_later_rollout_replaced_is_refused():
    story, recommended = _recommended()
    story.given(started("ro-9", old="8", new="9", at=80))
    story.when(command(Approve, decision_id=recommended.id, at=90)).then_withholds("not-the-rollout")


def test_an_approval_of_something_unknown_is_refused():
    given(started()).when(command(Approve, decision_id="rollback-unknown")).then_withholds("not-the-rollout")


def test_an_approval_waits_behind_the_kill_switch():
    story, recommended = _recommended()
    story.given(command(KillSwitch, engaged=True, at=80))
    story.when(command(Approve, id="c-2", decision_id=recommended.id, at=90)).then_withholds("kill-switch")


def test_an_approval_towards_a_revision_quarantined_since_is_refused():
    story, recommended = _recommended()
    story.given(command(Quarantine, revision="7", at=80))
    story.when(command(Approve, id="c-2", decision_id=recommended.id, at=90)).then_withholds("no-last-good-revision")
