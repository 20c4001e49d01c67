"""
What the actuator may do: found out from the server without trying, told before it matters, and for the shipped Roles exactly what
the drivers use, which the real server's audit log says.
"""

import asyncio
import json

import pytest

from actuator.audit import granted_by, shipped, used_by
from actuator.process import Actuator, Clock, say
from actuator.registry import FakeRegistry
from actuator.saying import TARGET, policy
from actuator.workload_world import WORKLOAD_WORLDS, workload_world
from controlplane.cluster import until
from rollguard_actuator.core.ports import Claim, Lack, Mark, Move, PutClaim
from rollguard_actuator.drivers.kubernetes.kinds import WORKLOADS
from rollguard_actuator.shell.rights import Rights
from rollguard_runtime.errors import Permanent
from rollguard_runtime.memory import MemoryBus

EVERY_KIND = pytest.mark.parametrize("world", WORKLOAD_WORLDS, indirect=True)
LACK = Lack(what="patch deployments in namespace shop", is_optional=False, mend="kubectl apply")


@pytest.fixture
def world(request):
    return workload_world(request, request.param)


def rules_of(rights):
    return [{"apiGroups": [right.group], "resources": [right.resource], "verbs": sorted(right.verbs)} for right in rights]


@EVERY_KIND
def test_each_right_that_is_missing_is_named_with_its_mend_and_nothing_is_tried(world):
    rights = WORKLOADS[type(world.target)].rights
    account = world.cluster.account(world.namespace, rules_of(rights[1:]))
    lacks = asyncio.run(world.driver_on(account.client).lacks(world.target))
    assert [lack.what for lack in lacks] == [f"{verb} {world.resource} in namespace {world.namespace}" for verb in ("get", "patch")]
    assert lacks[0].mend == f"kubectl apply --namespace {world.namespace} --kustomize k8s/rights/workloads"


@EVERY_KIND
def test_a_right_that_the_driver_can_do_without_is_told_as_one(world):
    rights = [right for right in WORKLOADS[type(world.target)].rights if not right.is_optional]
    account = world.cluster.account(world.namespace, rules_of(rights))
    (lack,) = asyncio.run(world.driver_on(account.client).lacks(world.target))
    assert (lack.is_optional, lack.mend.endswith("k8s/rights/secrets")) == (True, True)


@pytest.mark.real
@pytest.mark.controlplane
def test_the_shipped_roles_suffice_and_nothing_in_them_is_unused(request, control_plane):
    if control_plane.audit_log is None:
        pytest.skip("a given cluster does not show its audit log; unset ROLLGUARD_KUBECONFIG")
    worlds = [workload_world(request, f"kubernetes-{kind}") for kind in ("deployment", "statefulset", "daemonset")]
    rules, users = (
        [rule for folder in ("workloads", "secrets") for rule in shipped(request.config.rootpath, f"rights/{folder}/role.yaml")],
        set(),
    )
    for world in worlds:
        needy = {"envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "password"}}]}
        for resource, name in (("configmaps", "settings"), ("secrets", "password")):
            world.cluster.create(f"/api/v1/namespaces/{world.namespace}/{resource}", {"metadata": {"name": name}})
        restored, suspect = world.register(**needy), world.register()
        account = world.cluster.account(world.namespace, rules)
        users.add(account.user)
        world.driver = world.driver_on(account.client)
        assert world.observe().revision == suspect
        assert world.look_up(restored).is_ready
        world.apply(PutClaim(claim=Claim(decision_id="d", fence=1, revision=restored, at_unix_seconds=1.0)))
        world.apply(Move(from_revision=suspect, to_revision=restored))
        world.apply(Mark(suspect_revision=suspect, restored_revision=restored, decision_id="d"))
    until(lambda: set().union(*(used_by(control_plane, user) for user in users)) == granted_by(rules))


async def rights_of(registry, *policies):
    bus = MemoryBus()
    say(bus, *policies)
    actuator = await Actuator(bus, registry, Clock()).start()
    rights = Rights(actuator.journal, actuator.driver)
    await rights.check()
    return rights


async def test_what_is_missing_is_told_on_the_status_port():
    registry = FakeRegistry()
    registry.lacks = (LACK,)
    (standing,) = json.loads((await rights_of(registry, policy(target=TARGET))).page())
    assert (standing["driver"], standing["lacks"][0]["what"]) == ("mlflow-alias", LACK.what)


async def test_a_driver_that_cannot_be_asked_is_told_and_stops_nothing():
    registry = FakeRegistry()
    registry.trouble = {"lacks": [Permanent("no such driver")]}
    (standing,) = json.loads((await rights_of(registry, policy(target=TARGET))).page())
    assert standing["error"] == "no such driver"
