"""
Deployments without replicas, each rolled out twice, and the decisions to take them back: load for the actuator on an API server.
"""

from typing import Any

from rollguard_schemas.decisions import Attribution, Explanation, RollbackDecided, Verification
from rollguard_schemas.targets import KubernetesDeployment

Revisions = dict[str, dict[str, str]]
Made = tuple[str, Revisions]


def made(cluster: Any, count: int) -> Made:
    """Make Deployments and roll each out twice; return the namespace and, by name, the restored revision and the suspect."""
    from controlplane.cluster import until  # noqa: PLC0415  # lies beside the tests

    namespace = cluster.namespace()
    collection = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    names = [f"w{number}" for number in range(count)]
    for tag in ("v1", "v2"):
        for name in names:
            labels = {"app": name}
            template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "model", "image": f"model:{tag}"}]}}
            if tag == "v1":
                spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
                cluster.create(
                    collection, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}
                )
            else:
                cluster.merge(f"{collection}/{name}", {"spec": {"template": template}})
        wanted = count * (1 if tag == "v1" else 2)
        until(lambda wanted=wanted: len(_sets(cluster, namespace)) == wanted)
    found = {}
    for each in _sets(cluster, namespace):
        tag = each["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
        found.setdefault(each["metadata"]["labels"]["app"], {})[tag] = each["metadata"]["labels"]["pod-template-hash"]
    return namespace, found


def _sets(cluster: Any, namespace: str) -> Any:
    return cluster.get(f"/apis/apps/v1/namespaces/{namespace}/replicasets")["items"]


def decision(
    namespace: str, name: str, revisions: dict[str, str], *, at_unix_seconds: float, within_seconds: float
) -> RollbackDecided:
    """Decide to take a Deployment back, with the same time to act and to prove it."""
    return RollbackDecided(
        id=f"decision-{name}",
        workload=f"{namespace}/{name}",
        time_unix_seconds=at_unix_seconds,
        signal_ids=(),
        policy=None,
        mode="act",
        attribution=Attribution(cause="rollout", summary="-"),
        explanation=Explanation(summary="-"),
        target=KubernetesDeployment(namespace=namespace, name=name),
        suspect_revision=revisions["v2"],
        target_revision=revisions["v1"],
        fence=1,
        deadline_unix_seconds=at_unix_seconds + within_seconds,
        verification=Verification(within_seconds=within_seconds),
        rollout="rollout",
    )
