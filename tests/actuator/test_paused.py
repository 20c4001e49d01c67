"""
A paused Deployment, where the policy says that it may be resumed: one patch, so that the suspect never rolls further.
"""

import msgspec
import pytest

from actuator.workload_world import DEPLOYMENT_WORLDS, IMAGE, workload_world
from rollguard_actuator.core.ports import Claim, Move, PutClaim


@pytest.fixture(params=DEPLOYMENT_WORLDS)
def world(request):
    world = workload_world(request, request.param)
    world.target = msgspec.structs.replace(world.target, paused="resume")
    return world


@pytest.fixture
def two(world):
    restored, suspect = world.register(), world.register()
    world.cluster.merge(world.path, {"spec": {"paused": True}})
    return restored, suspect


def test_it_is_taken_back_and_resumed_in_one_change_of_the_specification(world, two):
    restored, suspect = two
    world.apply(PutClaim(claim=Claim(decision_id="decision-1", fence=1, revision=restored, at_unix_seconds=1.0)))
    before = world.live()["metadata"]["generation"]
    step = world.apply(Move(from_revision=suspect, to_revision=restored))
    live = world.live()
    assert (step.status, live["metadata"]["generation"]) == ("done", before + 1)
    assert (live["spec"].get("paused", False), world.image()) == (False, f"{IMAGE}:v1")


def test_one_that_is_not_paused_is_taken_back_as_ever(world, two):
    world.cluster.merge(world.path, {"spec": {"paused": False}})
    assert world.apply(Move(from_revision=two[1], to_revision=two[0])).status == "done"


def test_nothing_speaks_against_moving_it(world, two):
    assert world.observe().refusal is None
