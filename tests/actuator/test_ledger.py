"""
The ledger: answered decisions, pending verifications, good and bad revisions, in whatever order the topics come.
"""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actuator.saying import NOW, TARGET, WORKLOAD, applied, recovered, serving
from rollguard_actuator.core.dues import dues
from rollguard_actuator.core.ledger import Ledger, evolve
from rollguard_actuator.core.lifecycle import ENDS, LIFE_AFTER, TRANSITIONS, IllegalMove, advance
from rollguard_schemas.outcomes import ActionApplied, Failed, PutBack, Skipped, Succeeded, Superseded, Unverified
from rollguard_schemas.rollouts import RolloutFinished, RolloutReverted, RolloutStarted
from rollguard_schemas.topics import OUTCOMES

KINDS = (ActionApplied, Failed, Skipped, Succeeded, Superseded, Unverified)


def outcome(kind, **given):
    fields = {name: getattr(applied(**given), name) for name in kind.__struct_fields__}
    return kind(**fields)


def rollout(kind, frm, to, number, **given):
    name = f"rollout-{number}"
    defaults = {"workload": WORKLOAD, "time_unix_seconds": NOW, "rollout": name, "target": TARGET}
    return kind(id=f"{kind.__name__}-{number}", from_revision=frm, to_revision=to, **defaults, **given)


def fold(events, ledger=None):
    ledger = ledger or Ledger()
    for event in events:
        ledger = evolve(ledger, event)
    return ledger


def test_a_decision_without_an_outcome_is_unanswered():
    assert Ledger().life("decision-1") == "unanswered"


@pytest.mark.parametrize("kind", KINDS)
def test_any_outcome_answers_a_decision_even_where_the_log_lost_what_came_before(kind):
    assert fold([outcome(kind)]).life("decision-1") == LIFE_AFTER[kind]


@pytest.mark.parametrize("kind", [Failed, Skipped, Superseded])
def test_of_two_answers_to_one_decision_the_first_is_believed(kind):
    assert fold([applied(), outcome(kind)]).life("decision-1") == "applied"
    assert fold([outcome(kind), applied()]).life("decision-1") == LIFE_AFTER[kind]


def test_an_applied_action_waits_for_its_verification_until_its_end_is_said():
    ledger = fold([applied()])
    assert list(ledger.verifications) == ["decision-1"]
    assert not fold([outcome(Succeeded)], ledger).verifications


def test_signals_that_came_before_the_news_of_the_action_count():
    assert [type(event) for event in dues(fold([serving("1"), applied()]), NOW + 2)] == [Succeeded]


@given(st.permutations([applied(objective="latency"), serving("1"), recovered("1"), recovered("2", at=NOW + 3)]))
def test_the_order_of_topics_does_not_change_what_is_proved(events):
    assert [type(event) for event in dues(fold(events), NOW + 4)] == [Succeeded]


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=6))
def test_an_end_stands_whatever_is_heard_after_it(kinds):
    lives = list(itertools.accumulate((outcome(kind) for kind in kinds), evolve, initial=Ledger()))
    seen = [ledger.life("decision-1") for ledger in lives]
    first_end = next((life for life in seen if life in ENDS), None)
    assert first_end is None or seen[-1] == first_end


@given(st.lists(st.sampled_from([applied(), outcome(Succeeded), serving("1"), rollout(RolloutStarted, "1", "2", 1)]), max_size=8))
def test_hearing_a_record_twice_in_a_row_is_hearing_it_once_but_for_the_recent_signals(events):
    once, twice = fold(events), fold([event for event in events for _ in range(2)])
    assert (once.lives, once.verifications, once.serving) == (twice.lives, twice.verifications, twice.serving)


def test_a_finished_rollout_makes_its_revision_good_and_a_reverted_one_bad():
    ledger = fold([rollout(RolloutStarted, "1", "2", 1), rollout(RolloutFinished, "1", "2", 1)])
    assert (ledger.serving.good, ledger.serving.bad) == (("2",), frozenset())
    ledger = fold([rollout(RolloutReverted, "2", "1", 1)], ledger)
    assert (ledger.serving.good, ledger.serving.bad) == ((), {"2"})


def test_a_revision_that_somebody_rolls_out_again_is_no_longer_bad():
    ledger = fold([rollout(RolloutReverted, "2", "1", 1), rollout(RolloutStarted, "1", "2", 2)])
    assert ledger.serving.bad == frozenset()


def test_a_rollback_that_succeeded_makes_the_restored_revision_good():
    assert fold([applied(), outcome(Succeeded)]).serving.good == ("1",)


def test_the_table_of_lives_covers_every_outcome_and_nothing_follows_an_end_but_that_it_is_put_back():
    assert set(LIFE_AFTER) == set(OUTCOMES.events)
    assert {outcome for life, outcome in TRANSITIONS if life in ENDS} == {PutBack}


@pytest.mark.parametrize(("life", "kind"), list(itertools.product([*sorted(ENDS), "applied", "unanswered"], KINDS)))
def test_a_move_that_is_not_in_the_table_raises(life, kind):
    if (life, kind) in TRANSITIONS:
        assert advance(life, kind) == LIFE_AFTER[kind]
        return
    with pytest.raises(IllegalMove):
        advance(life, kind)
