"""
What holds for Kubernetes workloads beyond the contract of all drivers: each of these ran on a real control plane before it was
believed of the fake.
"""

import json

import pytest

from actuator.workload_world import DEPLOYMENT_WORLDS, IMAGE, WORKLOAD_WORLDS, workload_world
from controlplane.cluster import until
from rollguard_actuator.core.ports import Claim, Displaced, Move, PutClaim
from rollguard_runtime.errors import Permanent

EVERY_KIND = pytest.mark.parametrize("world", WORKLOAD_WORLDS, indirect=True)
DEPLOYMENTS = pytest.mark.parametrize("world", DEPLOYMENT_WORLDS, indirect=True)
CLAIM, MOVED, CAUSE = "rollguard.dev/claim", "rollguard.dev/moved", "kubernetes.io/change-cause"


@pytest.fixture
def world(request):
    return workload_world(request, request.param)


@pytest.fixture
def two(world):
    """Roll two revisions out; the second is live."""
    return world.register(), world.register()


def claim_for(revision, decision_id="decision-1", fence=3):
    return PutClaim(claim=Claim(decision_id=decision_id, fence=fence, revision=revision, at_unix_seconds=1.0))


def annotations(world):
    return world.live()["metadata"].get("annotations", {})


def take_back(world, two):
    restored, suspect = two
    return world.apply(Move(from_revision=suspect, to_revision=restored))


@EVERY_KIND
def test_a_move_brings_the_old_template_back_and_leaves_no_trace_of_the_copy_in_it(world, two):
    take_back(world, two)
    template = world.live()["spec"]["template"]
    assert template["metadata"]["labels"] == {"app": "fraud"}
    assert (world.image(), "$patch" in template) == (f"{IMAGE}:v1", False)


@EVERY_KIND
def test_what_others_wrote_on_the_workload_stays(world, two):
    world.cluster.merge(world.path, {"metadata": {"annotations": {"team": "fraud"}, "labels": {"tier": "gold"}}})
    world.apply(claim_for(two[0]))
    take_back(world, two)
    assert annotations(world)["team"] == "fraud"
    assert world.live()["metadata"]["labels"]["tier"] == "gold"


@EVERY_KIND
def test_a_move_that_is_delivered_five_times_is_made_once_and_never_toggles(world, two):
    first = take_back(world, two)
    generation = world.live()["metadata"]["generation"]
    later = [take_back(world, two) for _ in range(4)]
    assert [step.status for step in (first, *later)] == ["done"] + ["already-done"] * 4
    assert (world.live()["metadata"]["generation"], world.image()) == (generation, f"{IMAGE}:v1")


@EVERY_KIND
def test_a_revision_keeps_its_name_when_it_is_used_again(world, two):
    restored, suspect = two
    world.apply(Move(from_revision=suspect, to_revision=restored))
    world.apply(Move(from_revision=restored, to_revision=suspect))
    assert world.observe().revision == suspect
    assert world.look_up(restored).exists


@EVERY_KIND
def test_what_was_pushed_in_between_is_not_undone(world, two):
    world.register()
    with pytest.raises(Displaced):
        take_back(world, two)
    assert world.image() == f"{IMAGE}:v3"


@EVERY_KIND
def test_a_move_is_written_down_in_the_same_write(world, two):
    restored, suspect = two
    world.apply(claim_for(restored))
    take_back(world, two)
    assert json.loads(annotations(world)[MOVED]) == {"decision_id": "decision-1", "from_revision": suspect, "to_revision": restored}
    assert world.look_up(restored).marked_by == "decision-1"


@EVERY_KIND
def test_who_comes_back_after_somebody_undid_the_move_knows_that_it_was_made(world, two):
    restored, suspect = two
    world.apply(claim_for(restored))
    take_back(world, two)
    world.point(suspect)
    assert world.look_up(restored).marked_by == "decision-1"


@EVERY_KIND
def test_a_workload_that_another_decision_claimed_meanwhile_is_not_moved(world, two):
    restored, suspect = two
    world.apply(claim_for(suspect, decision_id="decision-2", fence=4))
    with pytest.raises(Displaced, match="decision-2"):
        world.apply(Move(from_revision=suspect, to_revision=restored))


@EVERY_KIND
def test_a_claim_does_not_take_the_place_of_one_with_a_higher_fence(world, two):
    world.apply(claim_for(two[0], decision_id="decision-2", fence=4))
    with pytest.raises(Displaced, match="fence 4"):
        world.apply(claim_for(two[0], fence=3))
    assert json.loads(annotations(world)[CLAIM])["decision_id"] == "decision-2"


@EVERY_KIND
def test_a_claim_that_somebody_edited_stops_the_driver(world, two):
    world.cluster.merge(world.path, {"metadata": {"annotations": {CLAIM: "mine!"}}})
    with pytest.raises(Permanent, match="delete it to go on"):
        world.observe()


@EVERY_KIND
def test_the_cause_of_the_change_comes_back_with_the_template(world):
    world.metadata = {"annotations": {CAUSE: "the first"}}
    restored = world.register()
    with_cause = {"metadata": {"annotations": {CAUSE: "the second"}}}
    suspect = world.register(also=with_cause)
    take_back(world, (restored, suspect))
    assert annotations(world)[CAUSE] == "the first"


@EVERY_KIND
def test_a_history_of_none_is_explained(world):
    world.spec = {"revisionHistoryLimit": 0}
    restored, _ = world.register(), world.register()
    candidate = until(lambda: (found := world.look_up(restored)) and not found.exists and found)
    assert "revisionHistoryLimit is 0" in candidate.note


@EVERY_KIND
@pytest.mark.parametrize("resource", ["configmaps", "secrets"])
def test_a_revision_that_needs_what_is_gone_is_not_ready(world, resource):
    kind = {"configmaps": "configMapRef", "secrets": "secretRef"}[resource]
    path = f"/api/v1/namespaces/{world.namespace}/{resource}"
    world.cluster.create(path, {"metadata": {"name": "settings"}})
    restored = world.register(envFrom=[{kind: {"name": "settings"}}])
    assert world.look_up(restored).is_ready
    world.cluster.delete(f"{path}/settings")
    candidate = world.look_up(restored)
    assert (candidate.exists, candidate.is_ready, candidate.note) == (True, False, f"it needs what is gone: {resource}/settings")


@DEPLOYMENTS
def test_a_paused_deployment_is_refused_and_not_touched(world, two):
    world.cluster.merge(world.path, {"spec": {"paused": True}})
    assert "paused" in world.observe().refusal
    with pytest.raises(Permanent, match="paused"):
        take_back(world, two)
    assert world.image() == f"{IMAGE}:v2"


@DEPLOYMENTS
def test_the_replicas_stay_as_they_were_scaled(world, two):
    world.cluster.merge(f"{world.path}/scale", {"spec": {"replicas": 5}})
    take_back(world, two)
    assert world.live()["spec"]["replicas"] == 5


@pytest.mark.parametrize("world", [name for name in WORKLOAD_WORLDS if name not in DEPLOYMENT_WORLDS], indirect=True)
def test_a_workload_whose_pods_nobody_replaces_is_refused(world, two):
    world.cluster.merge(world.path, {"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}}})
    with pytest.raises(Permanent, match="OnDelete"):
        take_back(world, two)


@pytest.mark.parametrize("world", [name for name in WORKLOAD_WORLDS if "statefulset" in str(name)], indirect=True)
def test_a_partitioned_update_is_refused(world, two):
    world.cluster.merge(world.path, {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 1}}}})
    with pytest.raises(Permanent, match="partition 1"):
        take_back(world, two)


OWNERS = {
    "argo-cd": {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/fraud"}},
    "flux": {"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}},
    "helm": {"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"meta.helm.sh/release-name": "fraud"}},
    "kustomize": {"labels": {"app.kubernetes.io/managed-by": "kustomize-v5.7.1"}},
}


@DEPLOYMENTS
@pytest.mark.parametrize("owner", OWNERS)
def test_a_workload_that_another_tool_owns_is_refused_by_that_tools_name(world, owner):
    world.metadata = OWNERS[owner]
    two = world.register(), world.register()
    with pytest.raises(Permanent, match=f"{owner} owns this workload"):
        take_back(world, two)
    assert world.image() == f"{IMAGE}:v2"


@DEPLOYMENTS
@pytest.mark.parametrize("owner", OWNERS)
def test_a_policy_may_let_a_tool_be_acted_beside(world, owner):
    world.metadata = OWNERS[owner]
    two = world.register(), world.register()
    world.target = type(world.target)(namespace=world.namespace, name="fraud", despite=(owner,))
    assert take_back(world, two).status == "done"


def test_flux_that_was_told_to_leave_the_workload_alone_does_not_stand_in_the_way(request):
    world = workload_world(request, "fake-kubernetes-deployment")
    world.metadata = {**OWNERS["flux"], "annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}}
    assert take_back(world, (world.register(), world.register())).status == "done"


def test_a_workload_that_another_object_controls_is_refused_whatever_the_policy_says(request):
    world = workload_world(request, "fake-kubernetes-deployment")
    owner = {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "name": "fraud", "uid": "1", "controller": True}
    world.metadata = {"ownerReferences": [owner]}
    world.register()
    assert "InferenceService fraud writes this workload" in world.observe().refusal


@pytest.mark.parametrize(("path", "is_owned"), [("f:template", True), ("f:replicas", False)])
def test_a_field_manager_owns_a_workload_only_by_its_template(request, path, is_owned):
    world = workload_world(request, "fake-kubernetes-deployment")
    world.metadata = {"managedFields": [{"manager": "argocd-controller", "fieldsV1": {"f:spec": {path: {}}}}]}
    world.register()
    assert (world.observe().refusal is not None) == is_owned


@pytest.mark.real
@pytest.mark.controlplane
def test_what_argo_cd_applied_is_known_by_its_field_manager(request):
    world = workload_world(request, "kubernetes-deployment")
    world.register()
    pod = {"containers": [{"name": "model", "image": f"{IMAGE}:v9"}]}
    applied = world.manifest("applied", pod)
    query = [("fieldManager", "argocd-controller"), ("force", "true")]
    world.cluster.request("PATCH", f"{world.collection}/applied", applied, content_type="application/apply-patch+yaml", query=query)
    world.target = type(world.target)(namespace=world.namespace, name="applied")
    assert "field manager argocd-controller" in world.observe().refusal


@EVERY_KIND
def test_progress_is_read_from_the_status(world):
    world.replicas = 2
    world.register()
    until(lambda: world.observe().progress.startswith("converged"))
    world.register("unready")
    assert world.observe().progress.startswith("converging")


@pytest.mark.real
@pytest.mark.controlplane
def test_a_rollout_that_does_not_come_up_in_its_time_is_stuck_until_it_is_taken_back(request):
    world = workload_world(request, "kubernetes-deployment")
    world.replicas, world.spec = 2, {"progressDeadlineSeconds": 1}
    restored, suspect = world.register(), world.register("crash")
    until(lambda: world.observe().progress.startswith("stuck"))
    world.apply(Move(from_revision=suspect, to_revision=restored))
    until(lambda: world.observe().progress.startswith("converged"))
