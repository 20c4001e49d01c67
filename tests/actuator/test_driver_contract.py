"""
What every driver promises, run against the registry in memory, the dry run, the real MLflow server, and each kind of Kubernetes
workload on a fake API server and on the real control plane.

Left out: failures, which are each driver's own; see ``test_mlflow_alias``, ``test_workload_failures`` and ``test_decisions``.
"""

import asyncio

import pytest

from actuator.workload_world import ROLLOUT_WORLDS, SERVICE_WORLDS, WORKLOAD_WORLDS, workload_world
from actuator.worlds import DryRunWorld, FakeWorld, MlflowWorld, WebhookWorld
from rollguard_actuator.core.ports import Claim, Displaced, Mark, Move, PutClaim

WORLDS = [
    "fake",
    "dry-run",
    "webhook",
    pytest.param("mlflow", marks=pytest.mark.real),
    *WORKLOAD_WORLDS,
    *ROLLOUT_WORLDS,
    *SERVICE_WORLDS,
]


@pytest.fixture
def webhook():
    world = WebhookWorld()
    yield world
    world.close()


@pytest.fixture(params=WORLDS)
def world(request):
    if request.param == "mlflow":
        server = request.getfixturevalue("mlflow_server")
        request.getfixturevalue("real_parts").used_by(server, request.node.nodeid)
        return MlflowWorld(server.url)
    if request.param == "webhook":
        return request.getfixturevalue("webhook")
    if request.param in ("fake", "dry-run"):
        return FakeWorld() if request.param == "fake" else DryRunWorld()
    return workload_world(request, request.param)


@pytest.fixture
def two(world):
    """Register two revisions; the second is live."""
    restored, suspect = world.register(), world.register()
    world.point(suspect)
    return restored, suspect


def observe(world):
    return asyncio.run(world.driver.observe(world.target))


def look_up(world, revision):
    return asyncio.run(world.driver.look_up(world.target, revision))


def apply(world, change):
    return asyncio.run(world.driver.apply(world.target, change))


def a_claim(revision):
    return Claim(decision_id="decision-1", fence=3, revision=revision, at_unix_seconds=1000.5)


def acts(world):
    return not world.driver.capabilities.is_dry_run


def test_it_says_what_it_can_do(world):
    assert "rollback-decided" in world.driver.capabilities.actions


def test_a_target_that_points_nowhere_has_no_revision(world):
    for target in world.nowhere():
        seen = asyncio.run(world.driver.observe(target))
        assert (seen.revision, seen.claim) == (None, None), target


def test_what_is_live_is_observed_without_a_claim_at_first(world, two):
    seen = observe(world)
    assert (seen.revision, seen.claim) == (two[1], None)


def test_a_revision_that_is_registered_exists_and_is_ready(world, two):
    candidate = look_up(world, two[0])
    assert (candidate.exists, candidate.is_ready, candidate.marked_by) == (True, True, None)


@pytest.mark.parametrize("revision", ["99", "no-number"])
def test_a_revision_that_was_never_registered_does_not_exist(world, two, revision):
    assert not look_up(world, revision).exists


def test_a_claim_is_read_back_as_it_was_put_and_a_later_one_replaces_it(world, two):
    apply(world, PutClaim(claim=Claim(decision_id="earlier", fence=1, revision="1", at_unix_seconds=1.0)))
    step = apply(world, PutClaim(claim=a_claim(two[0])))
    assert (step.status, observe(world).claim) == (("done", a_claim(two[0])) if acts(world) else ("planned", None))


def test_a_move_makes_the_revision_live_and_says_what_was_before_and_after(world, two):
    restored, suspect = two
    step = apply(world, Move(from_revision=suspect, to_revision=restored))
    assert (step.status, step.before, step.after) == ("done" if acts(world) else "planned", suspect, restored)
    assert observe(world).revision == (restored if acts(world) else suspect)


def test_a_move_keeps_the_claim(world, two):
    apply(world, PutClaim(claim=a_claim(two[0])))
    apply(world, Move(from_revision=two[1], to_revision=two[0]))
    assert observe(world).claim == (a_claim(two[0]) if acts(world) else None)


def test_a_move_that_was_made_before_changes_nothing(world, two):
    restored, suspect = two
    world.point(restored)
    step = apply(world, Move(from_revision=suspect, to_revision=restored))
    assert step.status == ("already-done" if acts(world) else "planned")
    assert observe(world).revision == restored


def test_a_move_from_what_is_no_longer_live_is_displaced_and_changes_nothing(world, two):
    restored, _ = two
    third = world.register()
    world.point(third)
    with pytest.raises(Displaced):
        apply(world, Move(from_revision=two[1], to_revision=restored))
    assert observe(world).revision == third


def test_a_rehearsal_says_what_would_be_done_and_changes_nothing(world, two):
    restored, suspect = two
    move = Move(from_revision=suspect, to_revision=restored)
    mark = Mark(suspect_revision=suspect, restored_revision=restored, decision_id="decision-1")
    steps = [asyncio.run(world.driver.rehearse(world.target, change)) for change in (PutClaim(claim=a_claim(restored)), move, mark)]
    assert [(step.name, step.status) for step in steps] == [("claim", "planned"), ("move", "planned"), ("mark", "planned")]
    assert (steps[1].before, steps[1].after) == (suspect, restored)
    seen = observe(world)
    assert (seen.revision, seen.claim, look_up(world, restored).marked_by) == (suspect, None, None)


def test_a_rehearsal_of_a_move_from_what_is_no_longer_live_is_displaced(world, two):
    world.point(world.register())
    with pytest.raises(Displaced):
        asyncio.run(world.driver.rehearse(world.target, Move(from_revision=two[1], to_revision=two[0])))


def test_an_account_with_every_right_lacks_none(world, two):
    assert asyncio.run(world.driver.lacks(world.target)) == ()


def test_a_mark_shows_on_the_restored_revision_and_not_on_the_suspect(world, two):
    restored, suspect = two
    apply(world, Mark(suspect_revision=suspect, restored_revision=restored, decision_id="decision-1"))
    assert look_up(world, restored).marked_by == ("decision-1" if acts(world) else None)
    assert look_up(world, suspect).marked_by is None
