"""
What the actuator may do on a cluster: the shipped Roles are the drivers' own tables, and nothing is granted elsewhere.
"""

import os

import pytest
import yaml

from deploy.deployment import K8S, manifests, named, render
from rollguard_actuator.drivers.kubernetes.gitops.locks import LOCKS
from rollguard_actuator.drivers.kubernetes.lease import LEASE_RIGHTS
from rollguard_actuator.drivers.kubernetes.quarantine import LABEL, QUARANTINE_RIGHTS
from rollguard_actuator.drivers.table import rights as declared_rights

RIGHTS = sorted({*(right.folder for right in declared_rights()), "quarantine", *LOCKS})


def rules(role):
    return {
        (group, resource, frozenset(rule["verbs"]))
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


@pytest.mark.parametrize("folder", RIGHTS)
def test_a_role_grants_what_the_drivers_declare_and_nothing_more(folder):
    rights = [*declared_rights(), *(right for lock in LOCKS.values() for right in lock.rights), *QUARANTINE_RIGHTS]
    declared = {(right.group, right.resource, right.verbs) for right in rights if right.folder == folder}
    assert rules(named(f"rights/{folder}", "Role", f"rollguard-{folder}")) == declared


@pytest.mark.parametrize("folder", RIGHTS)
def test_a_role_is_bound_to_the_actuator_and_to_nobody_else(folder):
    binding = named(f"rights/{folder}", "RoleBinding", f"rollguard-{folder}")
    assert binding["roleRef"]["name"] == f"rollguard-{folder}"
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "rollguard-actuator", "namespace": "rollguard"}]
    assert named("base", "ServiceAccount", "rollguard-actuator")


@pytest.mark.parametrize("folder", RIGHTS)
def test_rights_lie_in_the_namespace_that_grants_them_and_never_on_the_whole_cluster(folder):
    assert {m["kind"] for m in manifests(f"rights/{folder}")} == {"Role", "RoleBinding"}
    assert all("namespace" not in m["metadata"] for m in manifests(f"rights/{folder}"))


def test_the_lease_may_be_held_and_nothing_else(with_kubernetes):
    (role,) = [m for m in with_kubernetes if m["kind"] == "Role"]
    assert rules(role) == {(right.group, right.resource, right.verbs) for right in LEASE_RIGHTS}
    (binding,) = [m for m in with_kubernetes if m["kind"] == "RoleBinding"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "rollguard-actuator", "namespace": "rollguard"}]


def test_the_quarantine_is_kept_by_a_policy_that_never_stops_a_deployment_by_its_own_mistake(with_kubernetes):
    (policy,) = [m for m in with_kubernetes if m["kind"] == "ValidatingAdmissionPolicy"]
    (binding,) = [m for m in with_kubernetes if m["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert (policy["spec"]["failurePolicy"], binding["spec"]["policyName"]) == ("Ignore", policy["metadata"]["name"])
    assert binding["spec"]["paramRef"]["selector"]["matchLabels"] == {LABEL: "true"}


@pytest.fixture
def with_kubernetes(tmp_path):
    """Render the base with the components that let the actuator reach the API server, and quarantine what it took back."""
    lines = {"resources": [os.path.relpath(K8S / "base", tmp_path.resolve())]}
    lines["components"] = [os.path.relpath(K8S / "components" / name, tmp_path.resolve()) for name in ("kubernetes", "quarantine")]
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(lines))
    return [document for document in yaml.safe_load_all(render(str(tmp_path.resolve()))) if document]


def test_only_the_actuator_gets_a_token_and_the_way_to_the_server(with_kubernetes):
    pods = {m["metadata"]["name"]: m["spec"]["template"] for m in with_kubernetes if m["kind"] in ("StatefulSet", "Job")}
    (policy,) = [m for m in with_kubernetes if m["metadata"]["name"] == "reach-kubernetes"]
    selected = policy["spec"]["podSelector"]["matchLabels"].items()
    with_token = {name for name, pod in pods.items() if pod["spec"]["automountServiceAccountToken"]}
    with_way = {name for name, pod in pods.items() if selected <= pod["metadata"]["labels"].items()}
    assert with_token == with_way == {"rollguard-actuator"}


def test_the_actuator_is_told_to_use_its_account(with_kubernetes):
    (settings,) = [m["data"] for m in with_kubernetes if m["kind"] == "ConfigMap"]
    assert settings["ROLLGUARD_ACTUATOR_KUBERNETES"] == "in-cluster"
