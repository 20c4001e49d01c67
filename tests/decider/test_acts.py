"""
What the ladder reaches besides holding and taking back: more replicas, a restart, a light model beside a rollback, several targets.
"""

import msgspec
import pytest

from decider.stories import START, TARGET, breach, command, forecast, given, policy, reverted, serving, started
from rollguard_decider.core.evolve import evolve
from rollguard_decider.core.incidents.severity import severity_of
from rollguard_schemas.commands import Veto
from rollguard_schemas.decisions import CallDecided, FallbackDecided, Leg, RestartDecided, RollbackDecided, ScaleOutDecided
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import Beside, RolloutProgressed
from rollguard_schemas.targets import KubernetesService, MlflowAlias, Webhook

SCALE_OUT = {
    "act_on": {"forecast": {"probability": 0.9}},
    "ladder": {"forecast": "scale-out"},
    "scaleOut": {"by": 2, "maxReplicas": 8, "undoAfterSeconds": 600},
}
RESTART = {"ladder": {"breach": "restart"}, "guards": {"cooldownSeconds": 60}}
TRAINING = Webhook(url="https://training.example/rollguard", name="fraud")
CALL = {"ladder": {"breach": "call"}, "call": {"order": "retrain", "receiver": msgspec.to_builtins(TRAINING)}}
ROUTE = KubernetesService(namespace="shop", name="fraud", label="track")
FALLBACK = {"fallback": {"target": msgspec.to_builtins(ROUTE), "primary": "primary", "light": "light"}}
ALIAS = MlflowAlias(model="fraud", alias="beside")
ALSO = {"also": [msgspec.to_builtins(ALIAS)]}


def _given(*facts, **spec):
    return given(*facts, rules=policy(**spec))


def with_also(event, revision):
    return msgspec.structs.replace(event, also=(Beside(target=ALIAS, revision=revision),))


def test_a_forecast_alone_may_ask_for_more_replicas_of_what_serves():
    (decision,) = _given(started(), **SCALE_OUT).when(forecast()).said
    assert isinstance(decision, ScaleOutDecided)
    assert (decision.suspect_revision, decision.by, decision.max_replicas) == ("8", 2, 8)
    assert decision.undo_at_unix_seconds == START + 60 + 600
    assert "Run more replicas of shop/fraud-scorer, by 2, at most 8" in decision.explanation.summary


def test_more_replicas_ask_for_no_rollout_but_for_a_revision_that_serves():
    (decision,) = _given(serving("8"), **SCALE_OUT).when(forecast()).said
    assert isinstance(decision, ScaleOutDecided)
    _given(**SCALE_OUT).when(forecast()).then_withholds("not-the-rollout")


def test_more_replicas_are_decided_once_an_episode_and_not_before_they_had_time_to_help():
    story = _given(started(), forecast(), **SCALE_OUT)
    story.when(forecast("s-f2", at=70)).then_withholds("already-decided")
    story.when(forecast("s-f3", at=80, episode="ep-2")).then_withholds("cooldown")
    assert isinstance(story.when(forecast("s-f4", at=700, episode="ep-3")).said[0], ScaleOutDecided)


def test_more_replicas_spend_no_budget_and_a_breach_takes_the_rollout_back_all_the_same():
    decision = _given(started(), forecast(), **SCALE_OUT).when(breach(at=70)).then_rolls_back(to="7")
    assert decision.fence == 2


def test_a_ladder_that_reaches_more_replicas_without_saying_how_many_is_refused():
    with pytest.raises(msgspec.ValidationError, match="scaleOut does not say how far"):
        policy(ladder={"forecast": "scale-out"})


def test_a_restart_keeps_the_revision_and_is_decided_once_a_rollout():
    story = _given(started(), **RESTART).when(breach())
    (decision,) = story.said
    assert isinstance(decision, RestartDecided)
    assert (decision.suspect_revision, decision.verification.objective) == ("8", "accuracy")
    story.when(breach("s-2", at=700, episode="ep-2")).then_withholds("already-decided")


def test_a_restarted_revision_of_the_same_artifact_is_not_restarted_again():
    story = _given(started(digest="d"), breach(), started("ro-9", old="8", new="9", at=70, digest="d"), **RESTART)
    story.when(breach("s-2", at=300, revision="9", episode="ep-2")).then_withholds("already-decided")


def test_a_restarted_revision_is_not_taken_back_to_itself():
    facts = (started(digest="d"), started("ro-9", old="8", new="9", at=70, digest="d"))
    _given(*facts).when(breach(at=100, revision="9")).then_rolls_back(to="7", suspect="9")


def test_a_restart_can_be_vetoed_before_it_is_decided():
    (first,) = _given(started(), **RESTART).when(breach()).said
    _given(started(), command(Veto, decision_id=first.id), **RESTART).when(breach()).then_withholds("vetoed")


def test_a_light_model_takes_over_before_the_rollback_which_answers_the_signal():
    first, second = _given(started(), **FALLBACK).when(breach()).said
    assert isinstance(first, FallbackDecided)
    assert isinstance(second, RollbackDecided)
    assert (first.target, first.suspect_revision, first.fallback_revision) == (ROUTE, "primary", "light")
    assert (first.rollback_id, first.signal_ids, second.signal_ids) == (second.id, (), ("s-1",))
    assert (first.fence, second.fence) == (1, 2)


@pytest.mark.parametrize("mode", ["observe", "recommend"])
def test_no_light_model_takes_over_for_a_rollback_that_does_not_act(mode):
    (decision,) = _given(started(), mode=mode, **FALLBACK).when(breach()).said
    assert isinstance(decision, RollbackDecided)


def test_a_fallback_that_is_routed_by_the_target_itself_is_refused():
    with pytest.raises(msgspec.ValidationError, match=r"fallback\.target is taken back itself"):
        policy(fallback={"target": msgspec.to_builtins(TARGET), "primary": "1", "light": "2"})


def test_other_targets_go_back_to_where_they_pointed_when_the_restored_revision_served():
    facts = (with_also(started("ro-7", old=None, new="7", at=-600), "70"), with_also(started(), "80"))
    decision = _given(*facts, **ALSO).when(breach()).then_rolls_back(to="7")
    assert decision.also == (Leg(target=ALIAS, suspect_revision="80", target_revision="70"),)


@pytest.mark.parametrize(("then", "now"), [(None, "80"), ("70", None), ("80", "80")])
def test_a_target_whose_place_is_not_known_or_did_not_move_is_left(then, now):
    old, new = started("ro-7", old=None, new="7", at=-600), started()
    facts = (with_also(old, then) if then else old, with_also(new, now) if now else new)
    assert _given(*facts, **ALSO).when(breach()).then_rolls_back(to="7").also == ()


def test_a_target_that_moves_during_the_rollout_goes_back_from_where_it_is_by_then():
    old, new = with_also(started("ro-7", old=None, new="7", at=-600), "70"), with_also(started(), "70")
    fields = {name: getattr(new, name) for name in ("workload", "rollout", "target", "from_revision", "to_revision")}
    later = RolloutProgressed(**fields, id="p", time_unix_seconds=START + 5, traffic_ratio=1.0)
    decision = _given(old, new, with_also(later, "80"), **ALSO).when(breach()).then_rolls_back(to="7")
    assert decision.also == (Leg(target=ALIAS, suspect_revision="80", target_revision="70"),)


def test_what_was_decided_is_counted_once_however_often_it_is_heard():
    story = _given(started(), **SCALE_OUT).when(forecast())
    assert evolve(story.state, story.said[0], START + 60) == story.state
    both = _given(started(), **FALLBACK).when(breach())
    assert evolve(evolve(both.state, both.said[0], START), both.said[1], START) == both.state


def test_a_policy_with_all_of_it_is_read_back_as_it_was_written():
    whole = policy(**SCALE_OUT, **FALLBACK, **ALSO)
    assert msgspec.json.decode(msgspec.json.encode(whole), type=RollbackPolicy) == whole


def test_a_rollout_that_was_taken_back_is_not_restarted():
    _given(started(), reverted(at=50), **RESTART).when(breach()).then_withholds("not-the-rollout")


def test_more_replicas_wake_nobody():
    (decision,) = _given(started(), **SCALE_OUT).when(forecast()).said
    assert severity_of(decision) == "warning"
    assert severity_of(msgspec.structs.replace(decision, mode="observe")) == "info"


def test_an_order_goes_to_its_receiver_once_an_episode_whoever_is_to_blame():
    story = _given(serving("8"), **CALL).when(breach())
    (decision,) = story.said
    assert isinstance(decision, CallDecided)
    assert (decision.target, decision.order, decision.suspect_revision) == (TRAINING, "retrain", "8")
    story.when(breach("s-2", at=70)).then_withholds("already-decided")
    _given(**CALL).when(breach()).then_withholds("not-the-rollout")


def test_a_ladder_that_reaches_a_call_without_saying_what_to_order_is_refused():
    with pytest.raises(msgspec.ValidationError, match="call does not say what to order"):
        policy(ladder={"breach": "call"})
