"""
What was taken back does not come again by itself: the admission policy that is shipped, on the real API server, with the entries
that the driver writes.
"""

import asyncio
import time

import pytest
import yaml

from actuator.workload_world import DEPLOYMENT_WORLDS, IMAGE, workload_world
from controlplane.cluster import Refused, until
from rollguard_actuator.core.ports import Claim, Move, PutClaim
from rollguard_actuator.drivers.kubernetes.api import Api
from rollguard_actuator.drivers.kubernetes.kinds import WORKLOADS
from rollguard_actuator.drivers.kubernetes.quarantine import LABEL, NAME, Quarantine, key_of
from rollguard_actuator.drivers.kubernetes.workload import WorkloadDriver

DEPLOYMENTS = pytest.mark.parametrize("world", DEPLOYMENT_WORLDS, indirect=True)
REAL = pytest.mark.parametrize("world", DEPLOYMENT_WORLDS[1:], indirect=True)
BAD = f"{IMAGE}:v2"
_REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
_PLURALS = {"ValidatingAdmissionPolicy": "validatingadmissionpolicies"}


@pytest.fixture
def world(request):
    return workload_world(request, request.param)


@pytest.fixture(scope="module")
def afterwards():
    """Return what is to be deleted in the end: where a policy goes just before another comes, the server may never heed it."""
    made = []
    yield made
    for cluster, path in reversed(made):
        cluster.delete(path)


@pytest.fixture
def policy(request, world, afterwards):
    """Apply the policy that is shipped, for this test's namespace, and wait until the server goes by it."""
    path = request.config.rootpath / "k8s/components/quarantine/policy.yaml"
    names = {"name": f"quarantine-{world.namespace}"}
    for document in yaml.safe_load_all(path.read_text()):
        document["metadata"] = names
        if document["kind"].endswith("Binding"):
            document["spec"] |= {"policyName": names["name"]}
            mine = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}}}
            document["spec"]["matchResources"] = mine
        collection = f"{_REGISTRATION}/{_PLURALS.get(document['kind'], 'validatingadmissionpolicybindings')}"
        world.cluster.create(collection, document)
        afterwards.append((world.cluster, f"{collection}/{names['name']}"))
    probe = world.manifest("probe", {"containers": [{"name": "model", "image": "probe:bad"}]})
    bar(world, "probe:bad")
    until(lambda: is_refused(world, probe))


def quarantine(world, *, seconds=3600.0, now=None):
    return Quarantine(Api(world.cluster.client, timeout_seconds=30), seconds=seconds, clock=lambda: now or time.time())


def bar(world, *images, **given):
    return asyncio.run(quarantine(world, **given).bar(world.namespace, images, owner="a person", reason="it is\nbad"))


def entries(world):
    return world.cluster.get(f"/api/v1/namespaces/{world.namespace}/configmaps/{NAME}")["data"]


def is_refused(world, manifest):
    try:
        world.cluster.request("POST", world.collection, manifest, query=[("dryRun", "All")])
    except Refused as error:
        return "is in quarantine until" in str(error)
    return False


def driver(world):
    api = Api(world.cluster.client, timeout_seconds=30)
    return WorkloadDriver(WORKLOADS[type(world.target)], api, quarantine=quarantine(world))


def take_back(world):
    restored, suspect = world.register(), world.register()
    world.driver = driver(world)
    world.apply(PutClaim(claim=Claim(decision_id="decision-1", fence=1, revision=restored, at_unix_seconds=1.0)))
    return world.apply(Move(from_revision=suspect, to_revision=restored))


@DEPLOYMENTS
def test_a_move_bars_the_suspects_image_with_owner_reason_and_an_end(world):
    step = take_back(world)
    image, until_text, owner, reason = entries(world)[key_of(BAD)].split("\n")
    assert (image, owner) == (BAD, "rollguard, decision decision-1")
    assert f"quarantined until {until_text}" in step.detail
    assert "deployments/fraud was taken back" in reason


@DEPLOYMENTS
def test_entries_that_have_run_out_are_dropped_and_what_a_person_wrote_stays(world):
    bar(world, "old:1", now=1000.0)
    path = f"/api/v1/namespaces/{world.namespace}/configmaps/{NAME}"
    world.cluster.merge(path, {"data": {"by-hand": "not in our form"}})
    bar(world, "new:1", now=9000.0)
    assert set(entries(world)) == {key_of("new:1"), "by-hand"}
    assert world.cluster.get(path)["metadata"]["labels"] == {LABEL: "true"}


@DEPLOYMENTS
def test_a_quarantine_that_cannot_be_written_does_not_keep_the_suspect_live(world):
    restored, suspect = world.register(), world.register()
    rules = [{"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["get", "list", "patch"]}]
    poor = Api(world.cluster.account(world.namespace, rules).client, timeout_seconds=30)
    world.driver = WorkloadDriver(WORKLOADS[type(world.target)], poor, quarantine=Quarantine(poor, seconds=60))
    step = world.apply(Move(from_revision=suspect, to_revision=restored))
    assert (step.status, "not quarantined" in step.detail, world.image()) == ("done", True, f"{IMAGE}:v1")


@REAL
def test_what_was_taken_back_is_refused_with_owner_and_reason_until_the_glass_is_broken(world, policy):
    take_back(world)
    with pytest.raises(Refused, match=r"is in quarantine until .*decision decision-1.*was taken back") as refused:
        world.push("v2")
    assert refused.value.status == 403
    world.push("v2", also={"metadata": {"labels": {"rollguard.dev/break-glass": "incident-4711"}}})
    assert world.image() == BAD


@REAL
def test_a_workload_that_uses_the_image_already_may_be_changed_and_taken_back(world, policy):
    restored, suspect = world.register(), world.register()
    bar(world, BAD)
    world.cluster.merge(world.path, {"spec": {"revisionHistoryLimit": 7}})
    world.cluster.merge(f"{world.path}/scale", {"spec": {"replicas": 3}})
    assert world.apply(Move(from_revision=suspect, to_revision=restored)).status == "done"


@REAL
def test_another_image_another_namespace_and_an_entry_that_ran_out_are_not_refused(world, policy):
    world.register()
    bar(world, BAD, now=time.time() - 7200)
    world.push("v2")
    bar(world, f"{IMAGE}:v4")
    world.push("v3")
    assert world.image() == f"{IMAGE}:v3"
