"""
A light model, a Deployment and an alias in one story, on the API server: the light side answers, both go back, the primary answers
again.
"""

import asyncio

import msgspec
import pytest

from actuator.process import Actuator, Clock, said, say
from actuator.registry import FakeDriver, FakeRegistry
from actuator.saying import NOW, TARGET, fallback, rollback, scale_out, serving
from actuator.service_world import ServiceWorld
from actuator.workload_world import DEPLOYMENT_WORLDS, IMAGE, workload_world
from controlplane.cluster import until
from rollguard_actuator.drivers.by_target import ByTarget
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_actuator.shell import planning
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.decisions import Leg
from rollguard_schemas.outcomes import ActionApplied, Compensating, Failed, PutBack, StepApplied, Succeeded
from rollguard_schemas.topics import OUTCOMES


@pytest.fixture(params=DEPLOYMENT_WORLDS)
def world(request):
    world = workload_world(request, request.param)
    world.replicas = 2
    return world


@pytest.fixture
def route(world):
    """Make a Service beside the Deployment, with a side for the primary, which is live, and one for the light model."""
    route = ServiceWorld(world.plane)
    primary, light = route.register(), route.register()
    return route, primary, light


class Story:
    """The drivers of three targets behind one actuator, and the revisions of the Deployment."""

    def __init__(self, world, route):
        self.world, self.bus, self.clock, self.registry = world, MemoryBus(), Clock(), FakeRegistry()
        for version in ("1", "2"):
            self.registry.register(TARGET.model, version)
        self.registry.point(TARGET, "2")
        self.restored, self.suspect = world.register(), world.register()
        drivers = {type(world.target): world.driver, type(route.target): route.driver, type(TARGET): FakeDriver(self.registry)}
        self.driver = ByTarget(drivers, missing="")

    @property
    def rollback(self):
        also = (Leg(target=TARGET, suspect_revision="2", target_revision="1"),)
        revisions = {"suspect_revision": self.suspect, "target_revision": self.restored}
        return rollback(target=self.world.target, also=also, fence=2, **revisions)

    async def told(self, *events):
        say(self.bus, *events)
        actuator = await Actuator(self.bus, None, self.clock, driver=self.driver).start()
        await actuator.decide()
        await actuator.care()
        return actuator

    def kinds(self, decision_id):
        return [type(outcome) for outcome in said(self.bus, OUTCOMES) if outcome.decision_id == decision_id]


async def test_the_light_model_answers_while_both_go_back_and_hands_back_when_telemetry_proves_it(world, route):
    service, primary, light = route
    story = await asyncio.to_thread(Story, world, service)
    first = fallback(
        target=service.target, suspect_revision=primary, fallback_revision=light, rollback_id="decision-1", signal_ids=()
    )
    actuator = await story.told(first, story.rollback)
    assert (await service.driver.observe(service.target)).revision == light
    assert (world.image(), story.registry.aliases[TARGET]) == (f"{IMAGE}:v1", "1")
    say(story.bus, serving(story.restored, at=NOW + 5))
    await actuator.keep_books()
    await actuator.care()
    assert (await service.driver.observe(service.target)).revision == primary
    assert story.kinds("decision-f") == [ActionApplied, Succeeded, PutBack]
    assert story.kinds("decision-1") == [StepApplied, ActionApplied, Succeeded]


async def test_a_deployment_that_cannot_go_back_takes_the_alias_with_it(world, route):
    story = await asyncio.to_thread(Story, world, route[0])
    # The ReplicaSet is there when it is planned; who takes the workload over in between is seen by the patch.
    story.driver = ByTarget({type(world.target): Owned(world.driver, world), type(TARGET): FakeDriver(story.registry)}, missing="")
    await story.told(story.rollback)
    assert story.kinds("decision-1") == [StepApplied, Compensating, Failed]
    assert (world.image(), story.registry.aliases[TARGET]) == (f"{IMAGE}:v2", "2")


class Owned(DryRun):
    """The Deployment's driver; Helm takes the Deployment over just before it is moved."""

    def __init__(self, driver, world):
        super().__init__(driver)
        self.capabilities, self._world = driver.capabilities, world

    async def apply(self, target, change):
        if type(change).__name__ == "Move":
            labels = {"labels": {"app.kubernetes.io/managed-by": "Helm"}}
            await asyncio.to_thread(self._world.cluster.merge, self._world.path, {"metadata": labels})
        return await self._driver.apply(target, change)


async def test_more_replicas_are_proved_when_they_are_there_and_put_back_when_their_time_is_over(world, route):
    story = await asyncio.to_thread(Story, world, route[0])
    wanted = scale_out(target=world.target, suspect_revision=story.suspect, by=1, undo_at_unix_seconds=NOW + 60)
    actuator = await story.told(wanted)
    assert world.live()["spec"]["replicas"] == 3
    await asyncio.to_thread(until, lambda: world.observe().is_converged)
    await actuator.care()
    story.clock.now = NOW + 60
    await actuator.care()
    assert (world.live()["spec"]["replicas"], story.kinds("decision-s")) == (2, [ActionApplied, Succeeded, PutBack])


async def test_the_plan_of_each_kind_says_what_would_be_done_and_changes_nothing(world, route, tmp_path):
    service, primary, light = route
    story = await asyncio.to_thread(Story, world, service)
    decisions = (
        story.rollback,
        fallback(target=service.target, suspect_revision=primary, fallback_revision=light),
        scale_out(target=world.target, suspect_revision=story.suspect),
    )
    before = world.live()["metadata"]["generation"]
    for decision in decisions:
        (tmp_path / "decision.json").write_bytes(msgspec.json.encode(decision))
        outcome = await planning.rehearse(DryRun(story.driver), planning.read(tmp_path / "decision.json"), NOW)
        assert planning.would_act(outcome), planning.page(outcome)
    assert (world.live()["metadata"]["generation"], story.registry.moves) == (before, [])
    assert (await service.driver.observe(service.target)).revision == primary
