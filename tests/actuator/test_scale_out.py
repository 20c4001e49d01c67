"""
More replicas ahead of a load: within the bounds, with the autoscaler and never against it, and back to what was there.
"""

import asyncio

import pytest

from actuator.saying import scale_out
from actuator.workload_world import DEPLOYMENT_WORLDS, ROLLOUT_WORLDS, WORKLOAD_WORLDS, workload_world
from rollguard_actuator.core.ports import Act, Displaced, Undo
from rollguard_actuator.drivers.kubernetes.acts.acting import act_rights
from rollguard_actuator.drivers.kubernetes.acts.notes import SCALED
from rollguard_actuator.drivers.kubernetes.deployment import Deployment
from rollguard_runtime.errors import Permanent

RULES = [
    {"apiGroups": [right.group], "resources": [right.resource], "verbs": sorted(right.verbs)}
    for right in (*Deployment.rights, *act_rights(Deployment()))
]


@pytest.fixture(params=DEPLOYMENT_WORLDS)
def world(request):
    world = workload_world(request, request.param)
    world.replicas = 2
    world.register()
    return world


def more(world, number=1, **how):
    return scale_out(**{"id": f"scale-{number}", "target": world.target, "fence": number, "max_replicas": 10, "by": None, **how})


def replicas(world):
    return world.live()["spec"]["replicas"]


def note(world):
    return (world.live()["metadata"].get("annotations") or {}).get(SCALED)


def autoscaler(world, least=2, most=5, **metadata):
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "fraud"}
    body = {
        "metadata": {"name": "hpa", **metadata},
        "spec": {"scaleTargetRef": reference, "minReplicas": least, "maxReplicas": most},
    }
    path = f"/apis/autoscaling/v2/namespaces/{world.namespace}/horizontalpodautoscalers"
    world.cluster.create(path, body)
    return lambda: world.cluster.get(f"{path}/hpa")["spec"]["minReplicas"]


@pytest.mark.parametrize(
    ("how", "wanted"),
    [({"by": 3}, 5), ({"to": 4}, 4), ({"by": 30}, 10), ({"to": 9, "max_replicas": 6}, 6)],
)
def test_it_goes_as_far_as_it_is_told_and_no_further_than_the_policys_bound(world, how, wanted):
    step = world.apply(Act(decision=more(world, **how)))
    assert (step.status, step.before, step.after, replicas(world)) == ("done", "2", str(wanted), wanted)
    assert world.observe().acted == ("scale-1",)


def test_there_are_never_fewer_than_before(world):
    step = world.apply(Act(decision=more(world, to=1)))
    assert (step.status, replicas(world), note(world)) == ("already-done", 2, None)


def test_the_same_decision_scales_once(world):
    for _ in range(3):
        world.apply(Act(decision=more(world, by=2)))
    assert replicas(world) == 4


def test_a_crash_between_the_note_and_the_scale_is_finished(world):
    world.apply(Act(decision=more(world, by=2)))
    world.cluster.merge(f"{world.path}/scale", {"spec": {"replicas": 2}})
    assert world.apply(Act(decision=more(world, by=2))).status == "done"
    assert replicas(world) == 4


def test_it_is_put_back_and_its_note_is_gone(world):
    world.apply(Act(decision=more(world, by=2)))
    step = world.apply(Undo(decision_id="scale-1"))
    assert (step.before, step.after, replicas(world), note(world)) == ("4", "2", 2, None)
    assert world.apply(Undo(decision_id="scale-1")).status == "already-done"


def test_what_somebody_scaled_since_is_left(world):
    world.apply(Act(decision=more(world, by=2)))
    world.cluster.merge(f"{world.path}/scale", {"spec": {"replicas": 7}})
    assert "left as it is" in world.apply(Act(decision=more(world, by=2))).detail
    assert "left as it is" in world.apply(Undo(decision_id="scale-1")).detail
    assert replicas(world) == 7


def test_of_two_decisions_the_later_one_puts_back_what_was_there_before_both(world):
    world.apply(Act(decision=more(world, by=2)))
    world.apply(Act(decision=more(world, 2, by=2)))
    assert (world.apply(Undo(decision_id="scale-1")).status, replicas(world)) == ("already-done", 6)
    world.apply(Undo(decision_id="scale-2"))
    assert replicas(world) == 2
    world.apply(Act(decision=more(world, 3, by=1)))
    with pytest.raises(Displaced):
        world.apply(Act(decision=more(world, 2, by=2)))


def test_an_autoscalers_least_number_is_raised_within_its_own_bound_and_put_back(world):
    least = autoscaler(world)
    step = world.apply(Act(decision=more(world, by=8)))
    assert (step.detail, least(), replicas(world)) == ("the least number of autoscaler hpa", 5, 2)
    world.apply(Undo(decision_id="scale-1"))
    assert least() == 2


def test_an_autoscaler_that_keda_made_is_a_persons_to_raise(world):
    owner = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": "fraud", "uid": "u", "controller": True}
    least = autoscaler(world, ownerReferences=[owner])
    with pytest.raises(Permanent, match="ScaledObject fraud has this workload: raise its minReplicaCount"):
        world.apply(Act(decision=more(world, by=2)))
    assert (least(), replicas(world), note(world)) == (2, 2, None)


def test_a_workload_that_is_scaled_to_nothing_is_left_so(world):
    world.cluster.merge(f"{world.path}/scale", {"spec": {"replicas": 0}})
    with pytest.raises(Permanent, match="scaled to 0"):
        world.apply(Act(decision=more(world, by=2)))


def test_a_rehearsal_says_how_far_and_changes_nothing(world):
    step = asyncio.run(world.driver.rehearse(world.target, Act(decision=more(world, by=2))))
    assert (step.name, step.status, "2 -> 4" in step.detail, replicas(world), note(world)) == ("act", "planned", True, 2, None)


@pytest.mark.parametrize("world", DEPLOYMENT_WORLDS[1:], indirect=True)
def test_who_writes_the_number_in_git_is_not_fought(world):
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "fraud"}, "spec": {"replicas": 2}}
    query = [("fieldManager", "argocd-controller"), ("force", "true")]
    world.cluster.request("PATCH", world.path, body, content_type="application/apply-patch+yaml", query=query)
    with pytest.raises(Permanent, match="argo-cd writes replicas"):
        world.apply(Act(decision=more(world, by=2)))


@pytest.mark.parametrize("world", DEPLOYMENT_WORLDS[1:], indirect=True)
def test_the_rights_that_are_declared_suffice_and_are_asked_for_where_a_policy_scales(world):
    account = world.cluster.account(world.namespace, RULES)
    world.driver = world.driver_on(account.client)
    assert world.apply(Act(decision=more(world, by=2))).status == "done"
    poor = world.driver_on(world.cluster.account(world.namespace, RULES[:1]).client)
    asked = asyncio.run(poor.lacks(world.target, frozenset({"scale-out-decided"})))
    assert "patch deployments/scale" in " ".join(lack.what for lack in asked)
    assert "scale" not in " ".join(lack.what for lack in asyncio.run(poor.lacks(world.target)))


def test_a_daemon_set_has_no_number_of_replicas(request):
    world = workload_world(request, next(name for name in WORKLOAD_WORLDS if name == "fake-kubernetes-daemonset"))
    world.register()
    assert "scale-out-decided" not in world.driver.capabilities.actions
    with pytest.raises(Permanent, match="no number of replicas"):
        world.apply(Act(decision=more(world, by=2)))


@pytest.mark.parametrize("world", [*ROLLOUT_WORLDS, WORKLOAD_WORLDS[1], WORKLOAD_WORLDS[4]], indirect=True)
def test_a_rollout_and_a_stateful_set_have_a_scale_of_their_own(world):
    world.apply(Act(decision=more(world, by=2)))
    assert replicas(world) == 4
    world.apply(Undo(decision_id="scale-1"))
    assert replicas(world) == 2
