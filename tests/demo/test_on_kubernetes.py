"""The demo on Kubernetes: what it writes is valid, and where it cannot be had it says why; ``make demo`` plays it."""

import kubernetes_validate
import pytest

from controlplane.pods import environment
from rollguard_console.demo import manifests, scenario
from rollguard_console.demo.on_kubernetes import OnKubernetes
from rollguard_console.local import control_plane
from rollguard_console.local.part import CannotBeHad


@pytest.mark.parametrize("version", scenario.VERSIONS)
def test_the_deployment_of_each_version_is_valid(version):
    kubernetes_validate.validate(manifests.deployment(version, kafka="127.0.0.1:9092"), "1.31", strict=True)


def test_versions_differ_in_their_template_and_so_get_a_revision_each():
    templates = [str(manifests.template(version, kafka="k")) for version in scenario.VERSIONS]
    assert len(set(templates)) == len(templates)


def test_a_pod_gets_its_revision_and_its_address_by_the_downward_api():
    pod = manifests.template("3", kafka="127.0.0.1:9092")
    pod["metadata"] |= {"name": "a-pod", "labels": {"pod-template-hash": "55f68b4865"}}
    found = environment(pod, "127.77.0.2")
    assert (found["ROLLGUARD_EXAMPLE_REVISION"], found["ROLLGUARD_EXAMPLE_HOST"]) == ("55f68b4865", "127.77.0.2")
    assert found["ROLLGUARD_EXAMPLE_FAULT"] == scenario.FAULTS[2]


def test_the_policy_names_the_deployment_that_the_demo_rolls_out(tmp_path):
    target = OnKubernetes(tmp_path).policy_target
    assert (target.namespace, target.name) == tuple(scenario.WORKLOAD.split("/"))


def test_outside_a_checkout_it_says_where_to_run_it(tmp_path):
    with pytest.raises(CannotBeHad, match="run this in a checkout of rollguard"):
        control_plane.start(tmp_path, tmp_path, service_port=1, selector="app=model", say=print)


def test_without_go_it_says_which_go_to_install(request, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install Go 1.26 or later" in control_plane.why_not(request.config.rootpath)
