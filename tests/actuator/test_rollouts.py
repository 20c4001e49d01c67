"""
What is Argo Rollouts' own: a rollout in flight is aborted by its status and its specification stays Git's; a promoted one is taken
back by its template.
"""

import asyncio

import pytest

from actuator.process import Actuator, Clock, said, say
from actuator.saying import rollback
from actuator.workload_world import IMAGE, ROLLOUT_WORLDS, workload_world
from rollguard_actuator.core.ports import Displaced, Move
from rollguard_actuator.drivers.by_target import ByTarget
from rollguard_actuator.drivers.kubernetes.api import Forbidden
from rollguard_actuator.drivers.kubernetes.rollout import Rollout
from rollguard_runtime.errors import Permanent
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.outcomes import ActionApplied
from rollguard_schemas.targets import ArgoRollout
from rollguard_schemas.topics import OUTCOMES

ROLLOUTS = pytest.mark.parametrize("world", ROLLOUT_WORLDS, indirect=True)
ARGO_CD = {"annotations": {"argocd.argoproj.io/tracking-id": "shop:argoproj.io/Rollout:shop/fraud"}}


@pytest.fixture
def world(request):
    return workload_world(request, request.param)


def in_flight(world):
    """Register a stable revision, and begin to roll another one out."""
    return world.register(), world.begin("v2")


@ROLLOUTS
def test_a_rollout_in_flight_is_aborted_and_its_specification_stays_as_it_is(world):
    stable, suspect = in_flight(world)
    assert world.observe().revision == suspect
    step = world.apply(Move(from_revision=suspect, to_revision=stable))
    assert (step.status, step.after) == ("done", stable)
    assert (world.live()["status"]["abort"], world.image()) == (True, f"{IMAGE}:v2")


@ROLLOUTS
def test_what_may_only_be_aborted_is_not_taken_back_once_it_was_promoted(world):
    stable, suspect = in_flight(world)
    move = Move(from_revision=suspect, to_revision=stable, only_in_flight=True)
    assert world.observe().abort_returns_to == stable
    world.promote()
    assert world.observe().abort_returns_to is None
    with pytest.raises(Displaced, match="promoted meanwhile"):
        world.apply(move)
    assert world.image() == f"{IMAGE}:v2"


@ROLLOUTS
def test_an_abort_that_was_made_before_is_not_made_again(world):
    stable, suspect = in_flight(world)
    move = Move(from_revision=suspect, to_revision=stable)
    world.apply(move)
    version = world.live()["metadata"]["resourceVersion"]
    assert (world.apply(move).status, world.live()["metadata"]["resourceVersion"]) == ("already-done", version)


@ROLLOUTS
def test_an_owner_in_git_does_not_stand_in_the_way_of_an_abort_and_does_of_an_undo(world):
    world.metadata = ARGO_CD
    stable, suspect = in_flight(world)
    assert world.observe().refusal is None
    world.promote()
    assert "argo-cd owns this workload" in world.observe().refusal
    with pytest.raises(Permanent, match="argo-cd owns"):
        world.apply(Move(from_revision=suspect, to_revision=stable))


@ROLLOUTS
def test_a_promoted_rollout_is_taken_back_by_its_template_with_a_warning_where_all_steps_run_again(world):
    stable, suspect = in_flight(world)
    world.promote()
    assert "spec.rollbackWindow is not set" in world.observe().progress
    world.apply(Move(from_revision=suspect, to_revision=stable))
    assert (world.image(), world.live()["status"].get("abort")) == (f"{IMAGE}:v1", None)
    world.cluster.merge(world.path, {"spec": {"rollbackWindow": {"revisions": 3}}})
    assert "rollbackWindow" not in world.observe().progress


@ROLLOUTS
def test_an_older_revision_than_the_stable_one_is_reached_by_the_template_also_in_flight(world):
    oldest, _, suspect = world.register(), world.register("v1b"), world.begin("v2")
    world.apply(Move(from_revision=suspect, to_revision=oldest))
    assert (world.image(), world.live()["status"].get("abort")) == (f"{IMAGE}:v1", None)


@ROLLOUTS
def test_a_new_version_that_was_pushed_meanwhile_is_not_aborted(world):
    stable, suspect = in_flight(world)
    world.begin("v3")
    with pytest.raises(Displaced):
        world.apply(Move(from_revision=suspect, to_revision=stable))
    assert world.live()["status"].get("abort") is None


@ROLLOUTS
def test_a_template_in_another_object_can_be_aborted_and_is_handed_to_a_person_once_it_was_promoted(world):
    stable, suspect = in_flight(world)
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "fraud"}
    world.cluster.merge(world.path, {"spec": {"workloadRef": reference, "template": None}})
    move = Move(from_revision=suspect, to_revision=stable)
    world.promote()
    with pytest.raises(Permanent, match="its template lies in Deployment fraud"):
        world.apply(move)
    world.status(stableRS=stable, phase="Progressing")
    assert world.apply(move).after == stable


@ROLLOUTS
def test_the_rights_in_the_table_suffice_for_an_abort_and_each_is_needed(world):
    stable, suspect = in_flight(world)
    rules = [{"apiGroups": [r.group], "resources": [r.resource], "verbs": sorted(r.verbs)} for r in Rollout.rights]
    for left_out in ("rollouts", "rollouts/status", "replicasets"):
        others = [rule for rule in rules if rule["resources"] != [left_out]]
        world.driver = world.driver_on(world.cluster.account(world.namespace, others).client)
        with pytest.raises(Forbidden):
            world.apply(Move(from_revision=suspect, to_revision=stable))
    world.driver = world.driver_on(world.cluster.account(world.namespace, rules).client)
    assert world.apply(Move(from_revision=suspect, to_revision=stable)).status == "done"


@ROLLOUTS
async def test_a_decision_about_a_rollout_in_flight_is_answered_once_however_often_it_is_delivered(world):
    stable, suspect = await asyncio.to_thread(in_flight, world)
    bus = MemoryBus()
    say(bus, rollback(target=world.target, suspect_revision=suspect, target_revision=stable))
    for _ in range(3):
        drivers = ByTarget({ArgoRollout: world.driver}, missing="")
        await (await Actuator(bus, None, Clock(), driver=drivers).start()).decide()
    assert [type(outcome) for outcome in said(bus, OUTCOMES)] == [ActionApplied]
