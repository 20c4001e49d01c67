"""What comparison says of a rollout: degraded may take it back, a global incident never does, and nothing found moves nothing."""

import pytest

from decider.stories import breach, given, policy, regression, reverted, started

LISTED = policy(act_on={"regression": True, "breach": True})


def test_a_rollout_that_is_worse_than_its_control_is_taken_back_with_the_evidence_in_words():
    decision = given(started(), rules=LISTED).when(regression()).then_rolls_back(to="7")

    assert decision.attribution.cause == "rollout"
    assert "accuracy (1.4 to 3.9 times) is degraded against revision 7" in decision.explanation.summary
    assert [one.series for one in decision.explanation.contributions] == ["accuracy"]


def test_what_the_policy_does_not_list_is_only_reported():
    held = given(started()).when(regression()).then_withholds("not-listed-in-policy")
    assert held.would_change == "actOn.regression: true"


@pytest.mark.parametrize("cause", ["global", "segment", "upstream", "unknown"])
def test_what_is_not_put_down_to_the_rollout_is_withheld_and_called_by_its_name(cause):
    held = given(started(), rules=LISTED).when(regression(attribution=cause)).then_withholds("not-the-rollout")
    assert held.attribution.cause == cause


def test_a_breach_is_withheld_while_both_arms_moved():
    story = given(started(), regression(attribution="global", verdict="inconclusive"), rules=LISTED)
    assert story.when(breach()).then_withholds("not-the-rollout").attribution.cause == "global"


def test_a_breach_acts_where_the_policy_does_not_let_comparison_act():
    given(started(), regression(attribution="global", verdict="inconclusive")).when(breach()).then_rolls_back(to="7")


def test_a_global_incident_of_another_rollout_holds_nothing():
    story = given(started("ro-6", old="5", new="7", at=-900.0), rules=LISTED)
    story.given(regression("s-0", rollout="ro-6", attribution="global", verdict="inconclusive", at=-100.0), started())
    story.when(breach()).then_rolls_back(to="7")


@pytest.mark.parametrize("verdict", ["healthy", "inconclusive"])
def test_what_found_nothing_wrong_moves_nothing(verdict):
    given(started(), rules=LISTED).when(regression(verdict=verdict)).then_withholds("informational")


def test_a_revision_that_was_shown_to_be_healthy_is_named_so_when_it_is_returned_to():
    story = given(started("ro-7", old="6", new="7", at=-900.0), rules=LISTED)
    story.given(regression("s-0", rollout="ro-7", revision="7", verdict="healthy", at=-100.0), started())
    decision = story.when(regression()).then_rolls_back(to="7")

    assert "last good revision: 7, shown to be healthy by comparison" in decision.explanation.gates


def test_a_late_comparison_does_not_bring_back_what_was_said_before():
    story = given(started(), regression("r-1", attribution="global", verdict="inconclusive", at=50.0), rules=LISTED)
    story.given(regression("r-2", verdict="inconclusive", attribution="unknown", at=60.0))
    story.given(regression("r-1", attribution="global", verdict="inconclusive", at=50.0))
    story.when(breach(at=70.0)).then_rolls_back(to="7")


def test_a_rollout_that_was_taken_back_is_not_taken_back_again():
    story = given(started(), regression(), reverted(), rules=LISTED)
    story.when(regression("s-y", at=180.0)).then_withholds("not-the-rollout")
