"""
The manifests as files: each is valid for Kubernetes, each is listed, and what the objects call one another exists.
"""

import subprocess

import pytest
import yaml

from deploy.deployment import K8S, OVERLAYS, manifests, named, render, run, tool

EACH_OVERLAY = pytest.mark.parametrize("overlay", OVERLAYS)
KUSTOMIZATIONS = sorted(path.parent for path in K8S.rglob("kustomization.yaml"))
MANIFESTS = [path for folder in KUSTOMIZATIONS for path in sorted(folder.glob("*.yaml")) if path.name != "kustomization.yaml"]


def validate(path) -> "subprocess.CompletedProcess[str]":
    return run(tool("kubernetes-validate"), "--strict", "--no-warn", path)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: str(path.relative_to(K8S)))
def test_a_manifest_is_valid(path):
    checked = validate(path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@EACH_OVERLAY
def test_what_an_overlay_renders_is_valid(overlay, tmp_path):
    (tmp_path / "rendered.yaml").write_text(render(overlay))
    checked = validate(tmp_path / "rendered.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_misspelt_field_is_caught(tmp_path):
    text = (K8S / "base/detector.yaml").read_text()
    (tmp_path / "broken.yaml").write_text(text.replace("replicas:", "replcas:"))
    checked = validate(tmp_path / "broken.yaml")
    assert checked.returncode != 0
    assert "replcas" in checked.stdout + checked.stderr


@pytest.mark.parametrize("folder", KUSTOMIZATIONS, ids=lambda path: str(path.relative_to(K8S)))
def test_a_kustomization_lists_every_file_beside_it_and_names_no_other(folder):
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    listed = {
        *kustomization.get("resources", ()),
        *(patch["path"] for patch in kustomization.get("patches", ()) if "path" in patch),
    }
    generated = {name for generator in kustomization.get("configMapGenerator", ()) for name in generator.get("envs", ())}
    present = {path.name for path in folder.iterdir() if path.is_file() and path.name != "kustomization.yaml"}
    assert {name for name in listed | generated if "/" not in name} == present
    for name in [*listed, *kustomization.get("components", ())]:
        assert (folder / name).resolve().exists(), name


def test_every_kustomization_is_rendered_by_a_test():
    reached = {K8S / overlay for overlay in OVERLAYS}
    reached |= {
        (folder / name).resolve()
        for folder in set(reached)
        for name in yaml.safe_load((folder / "kustomization.yaml").read_text()).get("components", ())
    }
    in_test_rights = {*(K8S / "rights").iterdir(), K8S / "components/kubernetes", K8S / "components/quarantine"}
    assert set(KUSTOMIZATIONS) == reached | in_test_rights


@EACH_OVERLAY
def test_every_object_lies_in_the_namespace_that_enforces_the_restricted_profile(overlay):
    namespace = named(overlay, "Namespace", "rollguard")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {m["metadata"].get("namespace") for m in manifests(overlay) if m["kind"] != "Namespace"} == {"rollguard"}


@EACH_OVERLAY
def test_no_object_carries_a_secret_or_a_right_on_the_cluster(overlay):
    kinds = {m["kind"] for m in manifests(overlay)}
    assert not kinds & {"Secret", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}


@EACH_OVERLAY
def test_every_service_selects_the_pods_of_one_workload(overlay):
    pods = [m["spec"]["template"] for m in manifests(overlay) if m["kind"] in ("Deployment", "StatefulSet")]
    for service in (m for m in manifests(overlay) if m["kind"] == "Service"):
        (pod,) = [pod for pod in pods if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()]
        offered = {port["name"] for container in pod["spec"]["containers"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= offered


@EACH_OVERLAY
def test_a_job_that_is_done_removes_itself_since_a_changed_one_could_not_be_applied(overlay):
    jobs = [m for m in manifests(overlay) if m["kind"] == "Job"]
    assert jobs
    assert all(job["spec"]["ttlSecondsAfterFinished"] <= 600 for job in jobs)


def test_every_service_of_ours_has_a_disruption_budget_that_never_blocks_a_drain():
    workloads = {m["metadata"]["name"] for m in manifests("base") if m["kind"] == "StatefulSet"}
    budgets = {
        m["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]: m for m in manifests("base") if "Budget" in m["kind"]
    }
    assert set(budgets) == workloads
    assert all(budget["spec"]["maxUnavailable"] == 1 for budget in budgets.values())


def test_the_base_acts_on_nothing_until_an_overlay_says_so():
    maps = [m["data"] for m in manifests("base") if m["kind"] == "ConfigMap"]
    assert [data["ROLLGUARD_ACTUATOR_MODE"] for data in maps] == ["dry-run"]
