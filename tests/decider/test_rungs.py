"""
The rung *abort*: a rollout is taken back while it is in flight, and what it comes to where nothing can be.
"""

import pytest

from decider.stories import breach, command, forecast, given, policy, started
from rollguard_schemas.commands import Approve

ARGO = {"driver": "argo-rollout", "namespace": "shop", "name": "scorer"}
FORECAST = {"breach": True, "forecast": {"probability": 0.9}}


def _given(ladder, *, target=ARGO, **more):
    return given(started(), rules=policy(ladder=ladder, target=target, act_on=FORECAST, **more))


def test_what_aborts_is_taken_back_only_in_flight():
    decision = _given({"breach": "abort"}).when(breach()).then_rolls_back(to="7")
    assert decision.only_in_flight
    assert decision.explanation.summary.startswith("Abort the rollout of shop/fraud-scorer to revision 8, which returns it to 7")
    assert "ladder: a breach reaches abort" in decision.explanation.gates


def test_a_forecast_may_abort():
    assert _given({"forecast": "abort"}).when(forecast()).then_rolls_back(to="7").only_in_flight


@pytest.mark.parametrize(
    ("ladder", "target"),
    [
        ({"breach": "rollback"}, ARGO),
        ({"breach": "abort", "abortElse": "rollback"}, ARGO),
        ({"breach": "abort", "abortElse": "rollback"}, {"driver": "mlflow-alias", "model": "fraud", "alias": "champion"}),
    ],
)
def test_what_takes_back_does_so_also_once_it_was_promoted(ladder, target):
    assert not _given(ladder, target=target).when(breach()).then_rolls_back(to="7").only_in_flight


def test_a_target_without_unfinished_rollouts_is_only_told_of():
    target = {"driver": "mlflow-alias", "model": "fraud", "alias": "champion"}
    withheld = _given({"breach": "abort"}, target=target).when(breach()).then_withholds("notify-only")
    assert "mlflow-alias has no rollout in flight" in withheld.explanation.summary
    assert withheld.would_change == "ladder.abortElse: rollback"


def test_an_abort_is_the_one_decision_on_its_rollout():
    story = _given({"breach": "abort"}).given(breach())
    story.when(breach("s-2", at=70, episode="ep-2")).then_withholds("already-decided")


def test_an_approved_abort_still_aborts_only():
    story = _given({"breach": "abort"}, approval={"required": True})
    asked = story.when(breach()).then_rolls_back(to="7")
    approved = story.when(command(Approve, at=90, decision_id=asked.id)).then_rolls_back(to="7")
    assert (approved.mode, approved.only_in_flight) == ("act", True)
