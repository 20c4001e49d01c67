"""
Switching a Service between two sides: only to one that can answer, never against who writes the selector.
"""

import asyncio

import pytest

from actuator.saying import rollback
from actuator.workload_world import SERVICE_WORLDS, workload_world
from rollguard_actuator.core.ports import Act, Displaced, Move
from rollguard_actuator.drivers.kubernetes.service import RIGHTS
from rollguard_runtime.errors import Permanent

RULES = [{"apiGroups": [right.group], "resources": [right.resource], "verbs": sorted(right.verbs)} for right in RIGHTS]


@pytest.fixture(params=SERVICE_WORLDS)
def world(request):
    return workload_world(request, request.param)


def switch(world, before="green", after="blue"):
    return world.apply(Move(from_revision=before, to_revision=after))


def test_a_side_without_a_pod_that_is_ready_is_not_switched_to(world):
    world.register(tag="unready")
    world.point(world.register())
    candidate = world.look_up("blue")
    assert (candidate.exists, candidate.is_ready, candidate.note) == (True, False, "0 of 1 pods are ready")
    with pytest.raises(Permanent, match="nobody to answer"):
        switch(world)
    assert world.observe().revision == "green"


def test_the_rest_of_the_selector_stays_and_what_is_ready_is_told(world):
    world.register()
    world.point(world.register())
    assert switch(world).detail == "1 of 1 pods are ready"
    assert world.cluster.get(world.path)["spec"]["selector"] == {"app": "fraud", "track": "blue"}


def test_a_selector_that_a_rollout_writes_is_refused(world):
    world.register()
    world.point(world.register())
    managed = {"argo-rollouts.argoproj.io/managed-by-rollouts": "fraud"}
    world.cluster.merge(world.path, {"metadata": {"annotations": managed}})
    assert "Rollout fraud writes this selector" in world.observe().refusal
    with pytest.raises(Permanent, match="take it back there"):
        switch(world)


def test_who_switched_it_on_in_between_is_not_undone(world):
    world.register()
    world.register()
    world.point(world.register())
    with pytest.raises(Displaced):
        switch(world)


def test_it_can_be_neither_scaled_nor_restarted(world):
    world.register()
    with pytest.raises(Permanent, match="nothing to scale"):
        world.apply(Act(decision=rollback()))


@pytest.mark.parametrize("world", SERVICE_WORLDS[1:], indirect=True)
def test_the_rights_that_it_declares_suffice(world):
    world.register()
    world.point(world.register())
    world.driver = world.driver_on(world.cluster.account(world.namespace, RULES).client)
    assert asyncio.run(world.driver.lacks(world.target)) == ()
    assert switch(world).status == "done"
