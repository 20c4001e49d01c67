"""
The pods: each passes the restricted profile of Pod Security, says what it needs, is probed, and reaches only what it names.
"""

import pytest

from deploy.deployment import OVERLAYS, Container, containers, manifests

EACH_OVERLAY = pytest.mark.parametrize("overlay", OVERLAYS)
PERMITTED_VOLUMES = {"configMap", "emptyDir", "secret", "projected", "downwardAPI", "persistentVolumeClaim", "ephemeral", "csi"}


def breaches_of_the_restricted_profile(pod: dict, container: dict) -> list[str]:
    """Return what Pod Security's restricted profile would refuse; source: the Pod Security Standards of Kubernetes."""
    security, own = pod.get("securityContext", {}), container.get("securityContext", {})
    effective = {**security, **own}
    rules = {
        "host namespaces": not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")),
        "host ports": not any(port.get("hostPort") for port in container.get("ports", ())),
        "privileged": not own.get("privileged", False),
        "privilege escalation": own.get("allowPrivilegeEscalation") is False,
        "non-root": effective.get("runAsNonRoot") is True and effective.get("runAsUser") != 0,
        "capabilities": own.get("capabilities", {}).get("drop") == ["ALL"] and not own["capabilities"].get("add"),
        "seccomp": effective.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
        "volumes": all(set(volume) - {"name"} <= PERMITTED_VOLUMES for volume in pod.get("volumes", ())),
    }
    return [rule for rule, is_kept in rules.items() if not is_kept]


@EACH_OVERLAY
def test_every_container_passes_the_restricted_profile(overlay):
    for container in containers(overlay):
        assert breaches_of_the_restricted_profile(container.pod, container.spec) == [], container.workload


@pytest.mark.parametrize(
    ("pod", "container", "breach"),
    [
        ({"hostNetwork": True}, {}, "host namespaces"),
        ({"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}, {}, "volumes"),
        ({}, {"securityContext": {"privileged": True}}, "privileged"),
        ({"securityContext": {"runAsNonRoot": True}}, {"securityContext": {"runAsUser": 0}}, "non-root"),
        ({}, {"securityContext": {"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}}}, "capabilities"),
        ({}, {"ports": [{"containerPort": 1, "hostPort": 1}]}, "host ports"),
        ({}, {}, "seccomp"),
    ],
)
def test_a_breach_of_the_profile_is_seen(pod, container, breach):
    assert breach in breaches_of_the_restricted_profile(pod, container)


@EACH_OVERLAY
def test_every_container_leaves_its_image_alone_and_says_what_it_needs(overlay):
    for container in containers(overlay):
        assert container.spec["securityContext"]["readOnlyRootFilesystem"] is True, container.workload
        for amounts in ("requests", "limits"):
            assert set(container.spec["resources"][amounts]) == {"cpu", "memory"}, container.workload


@EACH_OVERLAY
def test_every_pod_has_an_account_of_its_own_no_token_and_no_names_of_other_services(overlay):
    accounts = {m["metadata"]["name"]: m for m in manifests(overlay) if m["kind"] == "ServiceAccount"}
    for container in containers(overlay):
        assert container.pod["enableServiceLinks"] is False, container.workload
        assert container.pod["automountServiceAccountToken"] is False, container.workload
        assert container.pod["serviceAccountName"] == container.workload
        assert accounts[container.workload]["automountServiceAccountToken"] is False
        assert container.pod["terminationGracePeriodSeconds"] <= 60


def serving(overlay: str) -> list[Container]:
    return [container for container in containers(overlay) if "ports" in container.spec]


@EACH_OVERLAY
def test_every_container_that_serves_is_probed_and_has_two_minutes_to_start(overlay):
    for container in serving(overlay):
        startup = container.spec["startupProbe"]
        assert startup["periodSeconds"] * startup["failureThreshold"] >= 120, container.workload
        assert {"readinessProbe", "livenessProbe"} <= set(container.spec), container.workload


def test_only_jobs_and_the_load_serve_nothing():
    silent = {container.workload for container in containers("overlays/demo") if "ports" not in container.spec}
    assert silent == {"rollguard-topics", "demo-load"}


def test_our_services_are_ready_when_they_read_and_alive_when_they_advance():
    for container in serving("base"):
        paths = [container.spec[f"{probe}Probe"]["httpGet"] for probe in ("startup", "readiness", "liveness")]
        started = "/healthz" if container.workload == "rollguard-detector" else "/readyz"  # it may learn history for minutes
        assert paths == [{"path": path, "port": "status"} for path in (started, "/readyz", "/healthz")], container.workload


def test_there_is_one_actuator_and_it_is_never_doubled_during_an_update():
    (actuator,) = [
        m for m in manifests("base") if m["metadata"]["name"] == "rollguard-actuator" and "template" in m.get("spec", {})
    ]
    assert (actuator["kind"], actuator["spec"]["replicas"]) == ("StatefulSet", 1)


@EACH_OVERLAY
def test_nothing_is_reached_but_by_a_policy(overlay):
    policies = {m["metadata"]["name"]: m["spec"] for m in manifests(overlay) if m["kind"] == "NetworkPolicy"}
    assert policies["deny-all"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for manifest in manifests(overlay):
        if manifest["kind"] not in ("Deployment", "StatefulSet", "Job"):
            continue
        template = manifest["spec"]["template"]
        may_reach = {
            port["port"]
            for policy in policies.values()
            if policy["podSelector"].get("matchLabels", {}).items() <= template["metadata"]["labels"].items()
            for rule in policy.get("egress", ())
            for port in rule.get("ports", ())
        }
        assert ports_in_use(overlay, manifest["metadata"]["name"]) <= may_reach, manifest["metadata"]["name"]


def ports_in_use(overlay: str, workload: str) -> set[int]:
    """Return the ports of the addresses that the workload's own settings name; the shared map holds the actuator's as well."""
    addresses = {"ROLLGUARD_KAFKA", "ROLLGUARD_EXAMPLE_KAFKA", "ROLLGUARD_EXAMPLE_TRACKING_URI", "ROLLGUARD_EXAMPLE_URL"}
    if workload == "rollguard-actuator":
        addresses.add("ROLLGUARD_ACTUATOR_MLFLOW_URL")
    given = [c.environment[name] for c in containers(overlay) if c.workload == workload for name in addresses & set(c.environment)]
    return {int(address.rstrip("/").rpartition(":")[2]) for text in given for address in text.split(",")}
