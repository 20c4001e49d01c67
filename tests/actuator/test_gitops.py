"""
A rollback is held against whoever has the desired state: locked before the move, held while Git still wants the suspect, handed
back once it does not, and never fought over.
"""

import asyncio

import pytest

from actuator.gitops import ArgoCd, Flux, Git
from actuator.process import Actuator, Clock, said, say
from actuator.registry import FakeRegistry
from actuator.saying import TARGET, policy, rollback
from actuator.workload_world import DEPLOYMENT_WORLDS, IMAGE, workload_world
from rollguard_actuator.core.ports import Claim, Move, PutClaim
from rollguard_actuator.drivers.by_target import ByTarget
from rollguard_actuator.shell.holds import Holds
from rollguard_runtime.errors import Permanent
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.outcomes import ActionApplied, Step, Unverified
from rollguard_schemas.topics import OUTCOMES, ROLLOUTS

DEPLOYMENTS = pytest.mark.parametrize("world", DEPLOYMENT_WORLDS, indirect=True)
REAL = pytest.mark.parametrize("world", DEPLOYMENT_WORLDS[1:], indirect=True)
OWNERS = {"argo-cd": ArgoCd, "flux": Flux}
EITHER = pytest.mark.parametrize("owner", OWNERS)


@pytest.fixture
def world(request):
    world = workload_world(request, request.param)
    world.keepers = []
    yield world
    for keeper in world.keepers:
        keeper.close()


def owned(world, owner):
    """Let an owner have the workload, and the policy let it be locked."""
    keeper = OWNERS[owner](world, Git(world, "v2"))
    world.keepers.append(keeper)
    restored, suspect = world.register(), world.register()
    world.target = type(world.target)(namespace=world.namespace, name="fraud", lock=(owner,))
    return keeper, restored, suspect


def take_back(world, restored, suspect, decision="decision-1"):
    world.apply(PutClaim(claim=Claim(decision_id=decision, fence=1, revision=restored, at_unix_seconds=1.0)))
    return world.apply(Move(from_revision=suspect, to_revision=restored))


def tend(world, *, pending=False):
    return asyncio.run(world.driver.tend(world.target, lambda decision_id: pending))


@EITHER
@REAL
def test_a_controller_that_applies_git_all_the_time_is_locked_out_held_and_let_go_after_the_commit(world, owner):
    keeper, restored, suspect = owned(world, owner)
    with keeper:
        keeper.more_rounds()
        assert take_back(world, restored, suspect).status == "done"
        keeper.more_rounds(5)
        assert (world.image(), tend(world)) == (f"{IMAGE}:v1", None)

        keeper.git.tag = "v1"
        if owner == "flux":
            keeper.publish()
        keeper.more_rounds()
        released = tend(world)
        assert released.status == "done"
        assert f"the desired state has left {suspect} behind" in released.detail

        keeper.git.tag = "v3"
        keeper.more_rounds()
        assert world.image() == f"{IMAGE}:v3"
    assert "rollguard.dev/hold" not in str(world.live()["metadata"]["annotations"])


@EITHER
@REAL
def test_a_lock_that_somebody_opens_is_seen_at_the_next_look_told_and_not_fought(world, owner):
    keeper, restored, suspect = owned(world, owner)
    with keeper:
        take_back(world, restored, suspect)
        keeper.is_kept_off = lambda: False
        keeper.more_rounds()
        told = [tend(world), tend(world)]
        keeper.more_rounds()
    assert [step.status for step in told] == ["failed", "failed"]
    assert "a person has to decide" in told[0].detail
    assert world.image() == f"{IMAGE}:v2"


@EITHER
@REAL
async def test_an_owner_that_undoes_a_rollback_is_seen_at_the_next_look_and_ends_with_a_person_not_in_a_fight(world, owner):
    keeper, restored, suspect = await asyncio.to_thread(owned, world, owner)
    world.target = type(world.target)(namespace=world.namespace, name="fraud", despite=(owner,))
    bus, clock = MemoryBus(), Clock()
    decision = rollback(target=world.target, suspect_revision=suspect, target_revision=restored)
    say(bus, policy(target=world.target), decision)
    drivers = ByTarget({type(world.target): world.driver}, missing="-")
    actuator = await Actuator(bus, None, clock, driver=drivers).start()
    await actuator.look()
    with keeper:
        await actuator.decide()
        await asyncio.to_thread(keeper.more_rounds)
        await actuator.look()
        assert said(bus, ROLLOUTS)[-1].to_revision == suspect
        before = world.live()["metadata"]["generation"]
        say(bus, decision)
        await actuator.decide()
    clock.now += 1000
    await actuator.keep_books()
    assert [type(outcome) for outcome in said(bus, OUTCOMES)] == [ActionApplied, Unverified]
    assert (world.live()["metadata"]["generation"], world.image()) == (before, f"{IMAGE}:v2")


@EITHER
@DEPLOYMENTS
def test_an_owner_that_the_policy_does_not_list_is_refused_with_both_ways_out(world, owner):
    _, restored, suspect = owned(world, owner)
    world.target = type(world.target)(namespace=world.namespace, name="fraud")
    with pytest.raises(Permanent, match=f"list {owner} under despite or lock"):
        take_back(world, restored, suspect)


@DEPLOYMENTS
def test_automated_sync_is_put_back_as_it_was(world):
    keeper, restored, suspect = owned(world, "argo-cd")
    before = keeper.application()["spec"]
    take_back(world, restored, suspect)
    assert keeper.is_kept_off()
    keeper.git.tag = "v1"
    keeper.observe()
    assert tend(world).status == "done"
    assert keeper.application()["spec"] == before
    assert not keeper.application()["metadata"].get("annotations")


@DEPLOYMENTS
def test_an_application_that_an_application_set_writes_is_handed_to_a_person(world):
    keeper, restored, suspect = owned(world, "argo-cd")
    owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "all", "uid": "1"}
    world.cluster.merge(keeper.path, {"metadata": {"ownerReferences": [owner]}})
    assert "ApplicationSet all writes the Application" in world.observe().refusal
    with pytest.raises(Permanent, match="would undo a lock"):
        take_back(world, restored, suspect)
    assert (world.image(), keeper.is_kept_off()) == (f"{IMAGE}:v2", False)


@DEPLOYMENTS
def test_a_lock_whose_move_was_never_made_is_opened_again(world):
    keeper, restored, suspect = owned(world, "argo-cd")
    world.apply(PutClaim(claim=Claim(decision_id="decision-1", fence=1, revision=restored, at_unix_seconds=1.0)))
    asyncio.run(world.driver._holder.begin(world.target, Move(from_revision=suspect, to_revision=restored)))
    assert (keeper.is_kept_off(), tend(world, pending=True)) == (True, None)
    tend(world)
    assert (keeper.is_kept_off(), "rollguard.dev/hold" in str(world.live())) == (False, False)


@DEPLOYMENTS
def test_an_archive_that_cannot_be_had_keeps_the_lock(world):
    keeper, restored, suspect = owned(world, "flux")
    take_back(world, restored, suspect)
    path = f"/apis/source.toolkit.fluxcd.io/v1/namespaces/{world.namespace}/gitrepositories/shop/status"
    world.cluster.merge(path, {"status": {"artifact": {"digest": "sha256:another"}}})
    assert (tend(world), keeper.is_kept_off()) == (None, True)


async def test_what_is_undone_is_told_once_however_often_it_is_looked_at(capsys):
    bus, registry = MemoryBus(), FakeRegistry()
    registry.tended = [Step(name="hold", status="failed", detail="it is live again")] * 3
    say(bus, policy(target=TARGET))
    actuator = await Actuator(bus, registry, Clock()).start()
    holds = Holds(actuator.journal, actuator.driver)
    for _ in range(3):
        await holds.tend()
    assert capsys.readouterr().out.count("it is live again") == 1
