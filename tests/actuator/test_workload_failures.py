"""
What becomes of a Kubernetes workload when the API server fails, refuses, is slow or loses an answer, or when somebody else writes.
"""

import asyncio

import pytest
from kubernetes import client

from actuator.workload_world import DEPLOYMENT_WORLDS, WORKLOAD_WORLDS, workload_world
from controlplane.fault_proxy import FaultProxy
from rollguard_actuator.core.ports import Claim, Displaced, Mark, Move, PutClaim
from rollguard_actuator.drivers.kubernetes.api import Conflict, Forbidden, judged
from rollguard_actuator.drivers.kubernetes.kinds import WORKLOADS
from rollguard_runtime.errors import Permanent, Temporary

EVERY_KIND = pytest.mark.parametrize("world", WORKLOAD_WORLDS, indirect=True)
DEPLOYMENTS = pytest.mark.parametrize("world", DEPLOYMENT_WORLDS, indirect=True)


@pytest.fixture
def world(request):
    return workload_world(request, request.param)


@pytest.fixture
def move(world):
    """Roll two revisions out, and return the move from the second back to the first."""
    restored, suspect = world.register(), world.register()
    return Move(from_revision=suspect, to_revision=restored)


@pytest.fixture
def proxy(world):
    """Put a proxy between the driver and the server."""
    with FaultProxy(world.cluster) as proxy, client.ApiClient(proxy.configuration) as connection:
        world.driver = world.driver_on(connection, timeout_seconds=5)
        yield proxy


def claim(revision):
    return PutClaim(claim=Claim(decision_id="decision-1", fence=1, revision=revision, at_unix_seconds=1.0))


def changes_for(move):
    mark = Mark(suspect_revision=move.from_revision, restored_revision=move.to_revision, decision_id="decision-1")
    return claim(move.to_revision), move, mark


@DEPLOYMENTS
@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_an_error_that_may_go_away_is_temporary_and_changes_nothing(world, move, proxy, status):
    proxy.fail("PATCH", status)
    with pytest.raises(Temporary):
        world.apply(move)
    assert world.observe().revision == move.from_revision


@DEPLOYMENTS
@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_an_error_that_will_not_go_away_is_permanent_and_changes_nothing(world, move, proxy, status):
    proxy.fail("PATCH", status)
    with pytest.raises(Permanent):
        world.apply(move)
    assert world.observe().revision == move.from_revision


@EVERY_KIND
def test_a_lost_answer_is_temporary_and_the_move_is_found_made_afterwards(world, move, proxy):
    proxy.fail("PATCH", None, "lose-answer")  # the rehearsal is answered, the write is not
    with pytest.raises(Temporary):
        world.apply(move)
    assert world.apply(move).status == "already-done"


@EVERY_KIND
def test_a_move_is_rehearsed_before_it_is_made(world, move, proxy):
    world.apply(move)
    assert ["dryRun=All" in path for method, path in proxy.seen if method == "PATCH"] == [True, False]
    assert all("fieldManager=rollguard" in path for method, path in proxy.seen if method == "PATCH")


@EVERY_KIND
def test_a_rehearsal_that_is_refused_changes_nothing(world, move, proxy):
    proxy.fail("PATCH", 403)
    with pytest.raises(Forbidden):
        world.apply(move)
    assert len([method for method, _ in proxy.seen if method == "PATCH"]) == 1


class Busy:
    """An API before which somebody else writes, a number of times, between our read and our write."""

    def __init__(self, world, write, times):
        self._write, self._api, self._times = write, world.driver._stored.api, times

    def __getattr__(self, name):
        return getattr(self._api, name)

    async def patch(self, path, operations, *, dry_run=False):
        if self._times:
            self._times -= 1
            await asyncio.to_thread(self._write, self._times)
        return await self._api.patch(path, operations, dry_run=dry_run)


def scale(world):
    return lambda number: world.cluster.merge(world.path, {"spec": {"revisionHistoryLimit": 20 + number}})


@EVERY_KIND
def test_a_specification_that_changes_between_read_and_write_is_read_again(world, move):
    world.driver._stored.api = Busy(world, scale(world), times=3)
    assert world.apply(move).status == "done"
    assert world.live()["spec"]["revisionHistoryLimit"] == 20


@EVERY_KIND
def test_a_specification_that_never_holds_still_is_temporary(world, move):
    world.driver._stored.api = Busy(world, scale(world), times=99)
    with pytest.raises(Conflict, match="changed by somebody else"):
        world.apply(move)


@EVERY_KIND
def test_a_template_that_is_pushed_between_read_and_write_is_not_undone(world, move):
    world.driver._stored.api = Busy(world, lambda _: world.push("v9"), times=1)
    with pytest.raises(Displaced):
        world.apply(move)
    assert world.observe().artifact.endswith(":v9")


@EVERY_KIND
def test_a_claim_that_is_put_between_read_and_write_is_not_overrun(world, move):
    rival = world.driver_on(world.cluster.client)
    theirs = Claim(decision_id="decision-2", fence=2, revision="another", at_unix_seconds=1.0)
    world.driver._stored.api = Busy(world, lambda _: asyncio.run(rival.apply(world.target, PutClaim(claim=theirs))), times=1)
    with pytest.raises(Displaced, match="decision-2"):
        world.apply(claim(move.to_revision))
    assert world.observe().claim == theirs


@EVERY_KIND
def test_annotations_that_others_write_meanwhile_stay_and_turn_nothing_away(world, move):
    others = {"metadata": {"annotations": {"team": "fraud"}}}
    world.driver._stored.api = Busy(world, lambda _: world.cluster.merge(world.path, others), times=2)
    assert world.apply(move).status == "done"
    assert world.live()["metadata"]["annotations"]["team"] == "fraud"


@EVERY_KIND
def test_a_conflict_that_the_server_reports_is_tried_again(world, move, proxy):
    proxy.fail("PATCH", 409, None, 409)
    assert world.apply(move).status == "done"


@EVERY_KIND
@pytest.mark.parametrize("made", [0, 1, 2, 3])
def test_whoever_starts_again_after_a_crash_between_two_steps_ends_in_the_same_place(world, move, made):
    for change in changes_for(move)[:made]:
        world.apply(change)
    world.driver = world.driver_on(world.cluster.client)
    for change in changes_for(move):
        world.apply(change)
    seen, candidate = world.observe(), world.look_up(move.to_revision)
    assert (seen.revision, seen.claim.decision_id, candidate.marked_by) == (move.to_revision, "decision-1", "decision-1")


@EVERY_KIND
def test_a_workload_of_the_same_name_that_was_made_anew_is_another(world, move):
    before = world.live()
    stale = [{"op": "test", "path": "/metadata/uid", "value": "another"}]
    with pytest.raises(Permanent):
        asyncio.run(world.driver._stored.api.patch(world.path, stale))
    assert world.live()["spec"] == before["spec"]


@EVERY_KIND
def test_the_rights_in_the_table_suffice_and_each_is_needed(world, move):
    rights = WORKLOADS[type(world.target)].rights
    settings = f"/api/v1/namespaces/{world.namespace}/configmaps"
    world.cluster.create(settings, {"metadata": {"name": "settings"}})
    needs_both = world.register(envFrom=[{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "gone"}}])
    world.driver = world.driver_on(world.cluster.account(world.namespace, rules_of(rights)).client)
    assert world.look_up(needs_both).note == "it needs what is gone: secrets/gone"
    assert world.apply(Move(from_revision=needs_both, to_revision=move.to_revision)).status == "done"
    for left_out in rights:
        others = [right for right in rights if right is not left_out]
        world.driver = world.driver_on(world.cluster.account(world.namespace, rules_of(others)).client)
        if left_out.resource in ("configmaps", "secrets"):
            assert f"{left_out.resource}/" in world.look_up(needs_both).note
        else:
            with pytest.raises(Forbidden, match=left_out.resource):
                world.observe()


def rules_of(rights):
    return [{"apiGroups": [right.group], "resources": [right.resource], "verbs": sorted(right.verbs)} for right in rights]


@EVERY_KIND
def test_another_namespace_is_forbidden(world, move):
    account = world.cluster.account(world.cluster.namespace(), rules_of(WORKLOADS[type(world.target)].rights))
    world.driver = world.driver_on(account.client)
    with pytest.raises(Forbidden, match="forbidden"):
        world.observe()


@EVERY_KIND
def test_a_server_that_does_not_answer_in_time_is_temporary(world, proxy):
    world.driver = world.driver_on(client.ApiClient(proxy.configuration), timeout_seconds=0.2)
    proxy.fail("GET", "no-answer")
    with pytest.raises(Temporary, match="does not answer"):
        world.observe()


def test_a_server_that_says_when_to_come_back_is_believed():
    error = judged(429, b'{"message": "too many"}', "7")
    assert (error.retry_after_seconds, str(error)) == (7.0, "Kubernetes does not answer: 429 too many")


def test_an_answer_that_is_no_json_is_told_as_it_came():
    assert "bad gateway" in str(judged(502, b"<h1>bad gateway</h1>", None))
