"""
Restarts as kubectl makes them: once a decision, one at a time, and never of what would not move.
"""

import asyncio

import pytest

from actuator import saying
from actuator.workload_world import WORKLOAD_WORLDS, workload_world
from controlplane.cluster import until
from rollguard_actuator.core.ports import Act, Claim, Displaced, PutClaim
from rollguard_actuator.drivers.kubernetes.acts.restart import RESTARTED_AT
from rollguard_runtime.errors import Permanent, Temporary

DEPLOYMENTS = pytest.mark.parametrize("world", [WORKLOAD_WORLDS[0], WORKLOAD_WORLDS[3]], indirect=True)


@pytest.fixture(params=WORKLOAD_WORLDS)
def world(request):
    world = workload_world(request, request.param)
    world.replicas = 2
    world.register()
    until(lambda: world.observe().is_converged)
    return world


def restart(world, number=1):
    times = {"time_unix_seconds": 1_800_000_000.0 + number, "deadline_unix_seconds": 1_800_000_300.0}
    return Act(decision=saying.restart(id=f"restart-{number}", target=world.target, fence=number, **times))


def restarted_at(world):
    return (world.live()["spec"]["template"]["metadata"].get("annotations") or {}).get(RESTARTED_AT)


def test_the_template_says_when_and_nothing_else_of_it_changes(world):
    image = world.image()
    assert world.apply(restart(world)).status == "done"
    assert (restarted_at(world), world.image()) == ("2027-01-15T08:00:01+00:00", image)
    assert world.observe().acted == ("restart-1",)


@DEPLOYMENTS
def test_the_same_decision_restarts_once_however_often_it_is_delivered(world):
    world.apply(restart(world))
    generation = world.live()["metadata"]["generation"]
    assert [world.apply(restart(world)).status for _ in range(3)] == ["already-done"] * 3
    assert world.live()["metadata"]["generation"] == generation


@DEPLOYMENTS
def test_a_restarted_deployment_is_a_revision_of_its_own_that_runs_the_same(world):
    before = world.observe()
    world.apply(restart(world))
    after = until(lambda: (seen := world.observe()).is_converged and seen.revision and seen)
    assert (after.artifact, after.revision != before.revision) == (before.artifact, True)


@DEPLOYMENTS
def test_what_is_still_rolling_is_waited_for(world):
    world.push("unready")
    until(lambda: world.observe().is_converged is False)
    with pytest.raises(Temporary, match="still rolling"):
        world.apply(restart(world))
    assert restarted_at(world) is None


@DEPLOYMENTS
def test_what_is_paused_is_not_restarted(world):
    world.cluster.merge(world.path, {"spec": {"paused": True}})
    with pytest.raises(Permanent, match="would reach no pod"):
        world.apply(restart(world))


@DEPLOYMENTS
def test_an_overtaken_decision_or_actuator_restarts_nothing(world):
    world.apply(restart(world, 2))
    until(lambda: world.observe().is_converged)
    with pytest.raises(Displaced):
        world.apply(restart(world, 1))
    world.apply(PutClaim(claim=Claim(decision_id="d", fence=9, revision="1", at_unix_seconds=1.0, epoch=7)))
    with pytest.raises(Temporary, match="epoch 7 took over"):
        world.apply(Act(decision=restart(world, 3).decision, epoch=6))


@DEPLOYMENTS
def test_a_rehearsal_changes_nothing(world):
    step = asyncio.run(world.driver.rehearse(world.target, restart(world)))
    assert (step.name, step.status, restarted_at(world)) == ("act", "planned", None)
