"""
Each shipped Role suffices for what its driver does, beside that of the workloads, and grants nothing that is not used: an account
with these Roles alone goes the driver's way on the real server, whose audit log says what it used.
"""

import asyncio

import pytest

from actuator.audit import granted_by, shipped, used_by
from actuator.gitops import KUSTOMIZATIONS, ArgoCd, Flux, Git
from actuator.rollout_world import RolloutWorld
from actuator.service_world import ServiceWorld
from actuator.test_scale_out import autoscaler, more
from actuator.workload_world import IMAGE, WorkloadWorld
from controlplane.cluster import Refused, until
from rollguard_actuator.core.ports import Act, Claim, Mark, Move, PutClaim, Undo
from rollguard_actuator.drivers.kubernetes.api import Api
from rollguard_actuator.drivers.kubernetes.kinds import WORKLOADS
from rollguard_actuator.drivers.kubernetes.lease import KubernetesLease
from rollguard_actuator.drivers.kubernetes.quarantine import NAME, Quarantine
from rollguard_actuator.drivers.kubernetes.workload import WorkloadDriver
from rollguard_schemas.targets import KubernetesDeployment, KubernetesStatefulSet

pytestmark = [pytest.mark.real, pytest.mark.controlplane]


@pytest.fixture
def plane(request, control_plane):
    if control_plane.audit_log is None:
        pytest.skip("a given cluster does not show its audit log; unset ROLLGUARD_KUBECONFIG")
    request.getfixturevalue("real_parts").used_by(control_plane, request.node.nodeid)
    return control_plane


@pytest.fixture
def bound(request, plane):
    """Return what makes an account with shipped Roles in a namespace, and what waits until it used the first of them up."""
    root = request.config.rootpath

    def bind(namespace, first, *others):
        rules = [shipped(root, path) for path in (first, *others)]
        account, granted = plane.cluster.account(namespace, [rule for each in rules for rule in each]), granted_by(rules[0])
        resources = {resource for _, _, resource in granted} - ({"configmaps"} if others else set())

        def used_up():
            used = {one for one in used_by(plane, account.user) if one[2] in resources or one in granted}
            return used == granted

        return account, lambda: until(used_up)

    return bind


def take_back(world, restored, suspect):
    world.apply(PutClaim(claim=Claim(decision_id="decision-1", fence=1, revision=restored, at_unix_seconds=1.0)))
    step = world.apply(Move(from_revision=suspect, to_revision=restored))
    world.apply(Mark(suspect_revision=suspect, restored_revision=restored, decision_id="decision-1"))
    return step


def tend(world):
    return asyncio.run(world.driver.tend(world.target, lambda decision_id: False))


def test_the_role_of_the_lease(plane, bound):
    namespace = plane.cluster.namespace()
    account, used_up = bound(namespace, "components/kubernetes/lease.yaml")
    lease = KubernetesLease(Api(account.client, timeout_seconds=30), namespace=namespace, me="a", duration_seconds=15.0)

    async def take_renew_and_give_back():
        assert await lease.hold() == await lease.hold()
        await lease.release()

    asyncio.run(take_renew_and_give_back())
    used_up()


def locked(plane, bound, owner, keeper_of):
    """Take a workload back that an owner has, with the rights to lock that owner; Git has left the suspect behind since."""
    world = WorkloadWorld(plane, KubernetesDeployment)
    keeper = keeper_of(world, Git(world, "v2"))
    restored, suspect = world.register(), world.register()
    world.target = KubernetesDeployment(namespace=world.namespace, name="fraud", lock=(owner,))
    account, used_up = bound(world.namespace, f"rights/{owner}/role.yaml", "rights/workloads/role.yaml")
    world.driver = world.driver_on(account.client)
    take_back(world, restored, suspect)
    keeper.git.tag = "v1"
    return world, keeper, used_up


def test_the_role_of_argo_cd(plane, bound):
    world, keeper, used_up = locked(plane, bound, "argo-cd", ArgoCd)
    keeper.observe()
    assert (tend(world).status, world.image()) == ("done", f"{IMAGE}:v1")
    used_up()


def test_the_role_of_flux(plane, bound):
    world, keeper, used_up = locked(plane, bound, "flux", Flux)
    keeper.publish()
    for kind in ("OCIRepository", "Bucket", "GitRepository"):  # of these sources only the last one is there
        source = {"spec": {"sourceRef": {"kind": kind, "name": "shop"}}}
        world.cluster.merge(f"{KUSTOMIZATIONS.format(world.namespace)}/shop", source)
        step = tend(world)
        assert (step is not None) == (kind == "GitRepository")
    keeper.close()
    used_up()


def test_the_role_of_the_quarantine_and_no_other_config_map_may_be_written(plane, bound):
    world = WorkloadWorld(plane, KubernetesDeployment)
    restored, suspect = world.register(), world.register()
    account, used_up = bound(world.namespace, "rights/quarantine/role.yaml", "rights/workloads/role.yaml")
    api = Api(account.client, timeout_seconds=30)
    quarantine = Quarantine(api, seconds=3600.0)
    world.driver = WorkloadDriver(WORKLOADS[KubernetesDeployment], api, quarantine=quarantine)
    assert "quarantined until" in take_back(world, restored, suspect).detail
    assert asyncio.run(quarantine.bar(world.namespace, ("another:1",), owner="a person", reason="it is bad"))
    used_up()
    path = f"/api/v1/namespaces/{world.namespace}/configmaps"
    world.cluster.create(path, {"metadata": {"name": "another"}})
    words = {"data": {"key": "text"}}
    account.merge(f"{path}/{NAME}", words)
    with pytest.raises(Refused, match="403"):
        account.merge(f"{path}/another", words)


def test_the_role_of_the_rollouts(plane, bound):
    world = RolloutWorld(plane)
    account, used_up = bound(world.namespace, "rights/rollouts/role.yaml", "rights/workloads/role.yaml")
    restored = world.register()
    suspect = world.begin("v2")
    world.driver = world.driver_on(account.client)
    assert take_back(world, restored, suspect).status == "done"
    world.status(abort=None)
    world.promote()
    assert world.observe().revision == suspect
    assert take_back(world, restored, suspect).status == "done"
    used_up()


def test_the_role_of_the_services(plane, bound):
    world = ServiceWorld(plane)
    world.register()
    world.point(world.register())
    account, used_up = bound(world.namespace, "rights/services/role.yaml")
    world.driver = world.driver_on(account.client)
    assert take_back(world, "blue", "green").status == "done"
    used_up()


def test_the_role_of_scaling_out(request, plane):
    """An autoscaler is raised in the place of the Deployment that it has; the others are scaled themselves."""
    worlds = [WorkloadWorld(plane, kind) for kind in (KubernetesDeployment, KubernetesStatefulSet, KubernetesDeployment)]
    worlds.append(RolloutWorld(plane))
    root = request.config.rootpath
    granted, users = granted_by(shipped(root, "rights/scale/role.yaml")), []
    rules = [rule for folder in ("scale", "workloads", "rollouts") for rule in shipped(root, f"rights/{folder}/role.yaml")]
    for number, world in enumerate(worlds):
        world.replicas = 1
        world.register()
        if number == 0:
            autoscaler(world)
        account = plane.cluster.account(world.namespace, rules)
        users.append(account.user)
        world.driver = world.driver_on(account.client)
        assert world.apply(Act(decision=more(world, to=2 if number else 3))).status == "done"
        assert world.apply(Undo(decision_id="scale-1")).status == "done"
    resources = {resource for _, _, resource in granted}
    until(lambda: {one for user in users for one in used_by(plane, user) if one[2] in resources} == granted)
