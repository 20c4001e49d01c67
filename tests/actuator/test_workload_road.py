"""
The actuator over a Deployment: what is published about it, and what becomes of decisions, with restarts in between.
"""

import asyncio

import pytest

from actuator.process import Actuator, Clock, said, say
from actuator.registry import FakeDriver, FakeRegistry
from actuator.saying import TARGET, WORKLOAD, policy, rollback, serving
from actuator.workload_world import DEPLOYMENT_WORLDS, IMAGE, workload_world
from rollguard_actuator.drivers.by_target import ByTarget
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_runtime.errors import Temporary
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.outcomes import ActionApplied, Failed, Skipped, Succeeded, Superseded
from rollguard_schemas.rollouts import RolloutFinished, RolloutReverted, RolloutStarted
from rollguard_schemas.targets import KubernetesDeployment, MlflowAlias
from rollguard_schemas.topics import OUTCOMES, ROLLOUTS

DEPLOYMENTS = pytest.mark.parametrize("world", DEPLOYMENT_WORLDS, indirect=True)


@pytest.fixture
def world(request):
    return workload_world(request, request.param)


@pytest.fixture
def bus():
    return MemoryBus()


async def actuator_on(world, bus, *, driver=None, is_dry_run=False):
    """Start a process that knows what the topics say and nothing else."""
    drivers = ByTarget({type(world.target): driver or world.driver}, missing="it is not set up")
    return await Actuator(bus, None, Clock(), driver=DryRun(drivers) if is_dry_run else drivers).start()


async def watched(world, bus):
    """Start a process that has seen the target as it is."""
    say(bus, policy(target=world.target))
    actuator = await actuator_on(world, bus)
    await actuator.look()
    return actuator


def take_back(world, restored, suspect, **given):
    return rollback(target=world.target, suspect_revision=suspect, target_revision=restored, **given)


async def answer(world, bus, decision, **given):
    """Decide, and return the outcomes."""
    say(bus, decision)
    actuator = await actuator_on(world, bus, **given)
    await actuator.decide()
    return said(bus, OUTCOMES)


def a_thread(call, *arguments, **given):
    """Wait for the cluster beside the event loop, as a person at a keyboard would."""
    return asyncio.to_thread(call, *arguments, **given)


@DEPLOYMENTS
async def test_a_rollout_is_published_once_with_what_it_runs_however_often_the_actuator_starts(world, bus):
    first = await a_thread(world.register)
    await watched(world, bus)
    for _ in range(2):
        await (await actuator_on(world, bus)).look()
    (started,) = said(bus, ROLLOUTS)
    assert (type(started), started.from_revision, started.to_revision) == (RolloutStarted, None, first)
    assert (started.workload, started.artifact_digest) == (WORKLOAD, f"{IMAGE}:v1")


@DEPLOYMENTS
async def test_what_moved_while_no_actuator_ran_is_published_when_one_does(world, bus):
    first = await a_thread(world.register)
    await (await watched(world, bus)).die()
    second = await a_thread(world.register)
    await (await actuator_on(world, bus)).look()
    assert [(event.from_revision, event.to_revision) for event in said(bus, ROLLOUTS)] == [(None, first), (first, second)]


@DEPLOYMENTS
async def test_a_rollback_by_hand_is_a_revert_without_a_decision(world, bus):
    first, second = await a_thread(world.register), await a_thread(world.register)
    await a_thread(world.point, first)
    actuator = await watched(world, bus)
    await a_thread(world.point, second)
    await actuator.look()
    await a_thread(world.point, first)
    await actuator.look()
    reverted = said(bus, ROLLOUTS)[-1]
    assert (type(reverted), reverted.to_revision, reverted.decision_id) == (RolloutReverted, first, None)


@DEPLOYMENTS
async def test_the_road_of_a_rollback_ends_when_telemetry_reports_the_restored_hash(world, bus):
    first = await a_thread(world.register)
    await watched(world, bus)
    second = await a_thread(world.register)
    actuator = await actuator_on(world, bus)
    await actuator.look()
    say(bus, serving(second), take_back(world, first, second))
    await actuator.keep_books()
    await actuator.decide()
    await actuator.look()
    say(bus, serving(first))
    await actuator.keep_books()
    assert [type(event) for event in said(bus, ROLLOUTS)] == [RolloutStarted, RolloutStarted, RolloutFinished, RolloutReverted]
    assert [type(event) for event in said(bus, OUTCOMES)] == [ActionApplied, Succeeded]
    assert said(bus, ROLLOUTS)[-1].decision_id == "decision-1"


@DEPLOYMENTS
async def test_a_decision_that_is_delivered_five_times_moves_once(world, bus):
    restored, suspect = await a_thread(world.register), await a_thread(world.register)
    decision = take_back(world, restored, suspect)
    await answer(world, bus, decision)
    generation = world.live()["metadata"]["generation"]
    for _ in range(4):
        outcomes = await answer(world, bus, decision)
    assert ([type(outcome) for outcome in outcomes], world.live()["metadata"]["generation"]) == ([ActionApplied], generation)


@DEPLOYMENTS
async def test_the_steps_say_what_was_there_before_and_after(world, bus):
    restored, suspect = await a_thread(world.register), await a_thread(world.register)
    (applied,) = await answer(world, bus, take_back(world, restored, suspect))
    assert [(step.name, step.status) for step in applied.steps] == [
        *(("observe", "done"), ("look-up", "done"), ("claim", "done"), ("move", "done"), ("mark", "already-done")),
    ]
    assert (applied.steps[3].before, applied.steps[3].after) == (suspect, restored)


@DEPLOYMENTS
async def test_a_third_version_that_was_pushed_in_between_supersedes_the_decision(world, bus):
    restored, suspect = await a_thread(world.register), await a_thread(world.register)
    await a_thread(world.register)
    (outcome,) = await answer(world, bus, take_back(world, restored, suspect))
    assert (type(outcome), world.image()) == (Superseded, f"{IMAGE}:v3")


@DEPLOYMENTS
async def test_a_dry_run_says_what_it_would_do_and_changes_nothing(world, bus):
    restored, suspect = await a_thread(world.register), await a_thread(world.register)
    (outcome,) = await answer(world, bus, take_back(world, restored, suspect), is_dry_run=True)
    assert (type(outcome), outcome.steps[3].after) == (Skipped, restored)
    assert (world.image(), "rollguard.dev/claim" in str(world.live())) == (f"{IMAGE}:v2", False)


@DEPLOYMENTS
async def test_what_is_paused_ends_in_a_person_with_the_reason_and_without_a_claim(world, bus):
    restored, suspect = await a_thread(world.register), await a_thread(world.register)
    world.cluster.merge(world.path, {"spec": {"paused": True}})
    (outcome,) = await answer(world, bus, take_back(world, restored, suspect))
    assert (type(outcome), "rollguard.dev/claim" in str(world.live())) == (Failed, False)
    assert "the Deployment is paused" in outcome.summary


@DEPLOYMENTS
async def test_a_missing_config_map_ends_in_a_person_with_its_name(world, bus):
    restored = await a_thread(world.register, envFrom=[{"configMapRef": {"name": "pruned"}}])
    suspect = await a_thread(world.register)
    (outcome,) = await answer(world, bus, take_back(world, restored, suspect))
    assert outcome.summary == f"revision {restored} is not ready: it needs what is gone: configmaps/pruned"


@DEPLOYMENTS
async def test_an_owner_ends_in_a_person_with_the_owners_name(world, bus):
    world.metadata = {"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}}
    restored, suspect = await a_thread(world.register), await a_thread(world.register)
    (outcome,) = await answer(world, bus, take_back(world, restored, suspect))
    assert type(outcome) is Failed
    assert "flux owns this workload" in outcome.summary


@DEPLOYMENTS
async def test_an_account_without_the_right_ends_in_a_person_with_the_servers_own_words(world, bus):
    restored, suspect = await a_thread(world.register), await a_thread(world.register)
    poor = world.driver_on((await a_thread(world.cluster.account, world.namespace, [])).client)
    (outcome,) = await answer(world, bus, take_back(world, restored, suspect), driver=poor)
    assert (type(outcome), "forbidden" in outcome.summary) == (Failed, True)


async def test_a_target_whose_driver_is_not_set_up_ends_in_a_person_with_the_setting(bus):
    drivers = ByTarget({MlflowAlias: FakeDriver(FakeRegistry())}, missing="set ROLLGUARD_ACTUATOR_KUBERNETES")
    say(bus, rollback(target=KubernetesDeployment(namespace="shop", name="fraud")))
    await (await Actuator(bus, None, Clock(), driver=drivers).start()).decide()
    (outcome,) = said(bus, OUTCOMES)
    assert type(outcome) is Failed
    assert outcome.summary == "this actuator has no driver kubernetes-deployment: set ROLLGUARD_ACTUATOR_KUBERNETES"


async def test_a_server_that_is_silent_hides_no_target_of_another(bus):
    registry = FakeRegistry()
    registry.point(TARGET, "1")
    registry.trouble = {"observe": [Temporary("down")]}
    say(bus, policy(workload="shop/first"), policy())
    actuator = await Actuator(bus, registry, Clock()).start()
    with pytest.raises(Temporary):
        await actuator.look()
    assert [event.workload for event in said(bus, ROLLOUTS)] == [WORKLOAD]
