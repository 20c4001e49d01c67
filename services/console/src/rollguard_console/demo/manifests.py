"""
The Deployment of the demo, as a person would write it. The revision reaches the telemetry by the downward API.
"""

from typing import Any

from rollguard_console.demo import scenario

NAMESPACE, NAME = scenario.WORKLOAD.split("/")
COLLECTION = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
PATH = f"{COLLECTION}/{NAME}"
REPLICA_SETS = f"/apis/apps/v1/namespaces/{NAMESPACE}/replicasets"
_PORT = 8080
_LABELS = {"app": NAME}
_PREFIX = "ROLLGUARD_EXAMPLE_"


def deployment(version: str, *, kafka: str) -> dict[str, Any]:
    """Return the whole Deployment with one version in it."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "labels": _LABELS},
        "spec": {"replicas": 1, "selector": {"matchLabels": _LABELS}, "template": template(version, kafka=kafka)},
    }


def template(version: str, *, kafka: str) -> dict[str, Any]:
    """Return the pod template of a version."""
    container = {
        "name": "model",
        "image": f"rollguard/example-server:{version}",
        "args": ["serve"],
        "env": _environment(version, kafka),
        "ports": [{"containerPort": _PORT}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": _PORT}},
    }
    return {"metadata": {"labels": _LABELS}, "spec": {"containers": [container], "terminationGracePeriodSeconds": 10}}


def _environment(version: str, kafka: str) -> list[dict[str, Any]]:
    fields = {"REVISION": "metadata.labels['pod-template-hash']", "HOST": "status.podIP"}
    texts = {
        "FAULT": scenario.FAULTS[scenario.VERSIONS.index(version)],
        "WORKLOAD": scenario.WORKLOAD,
        "KAFKA": kafka,
        "PORT": str(_PORT),
    }
    return [
        *({"name": _PREFIX + name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()),
        *({"name": _PREFIX + name, "value": text} for name, text in texts.items()),
    ]
