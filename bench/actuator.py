"""
How fast a decision becomes a patch that the API server accepted, and what rollbacks cost beside kubectl's undo.

    make -s bench NAME=actuator ARGS="--workloads 500"

On the real control plane of the tests (or ``ROLLGUARD_KUBECONFIG``), over Deployments without replicas, so that the driver is
measured and not the pods. The rival is the three calls of kubectl's undo (read the Deployment, list its ReplicaSets, patch the
template) by the same client: kubectl itself is not built here. Ours adds claim, rehearsal, comparison and read-back.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import os  # after the path

import msgspec  # as above

from controlplane import build, process  # as above
from controlplane.cluster import until  # as above
from rollguard_actuator.core.ledger import Ledger  # as above
from rollguard_actuator.drivers.kubernetes.api import Answer, Api  # as above
from rollguard_actuator.drivers.kubernetes.deployment import Deployment  # as above
from rollguard_actuator.drivers.kubernetes.workload import WorkloadDriver  # as above
from rollguard_actuator.shell.perform import perform  # as above
from rollguard_schemas.decisions import Attribution, Explanation, RollbackDecided, Verification  # as above
from rollguard_schemas.targets import KubernetesDeployment  # as above

LIMIT_SECONDS = 0.3
Revisions = dict[str, dict[str, str]]
Made = tuple[str, Revisions]


class Counting(Api):
    """Counts requests, and notes when the last write that was no rehearsal was accepted."""

    requests = 0
    accepted_at = 0.0

    async def _exchange(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: object) -> Answer:
        self.requests += 1
        answer = await super()._exchange(method, path, query, headers, body)
        if method == "PATCH" and "dryRun" not in query and _is_move(body):
            self.accepted_at = time.perf_counter()
        return answer


def _is_move(operations: Any) -> bool:
    return any(operation["path"] == "/spec/template" for operation in operations)


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workloads", type=int, default=500)
    count = parser.parse_args().workloads
    with ExitStack() as stack:
        plane = stack.enter_context(_plane(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        ours, rival = Counting(plane.cluster.client, timeout_seconds=30), Counting(plane.cluster.client, timeout_seconds=30)
        revisions = [_made(plane.cluster, count) for _ in range(2)]
        latencies, wall = asyncio.run(_roll_back(ours, *revisions[0]))
        rival_latencies, rival_wall = asyncio.run(_undo(rival, *revisions[1]))
    p99 = _quantile(latencies, 0.99)
    result = {
        "workloads": count,
        "decision_to_accepted_p50_seconds": round(_quantile(latencies, 0.5), 4),
        "decision_to_accepted_p99_seconds": round(p99, 4),
        "p99_to_limit": round(p99 / LIMIT_SECONDS, 2),
        "wall_seconds": round(wall, 1),
        "requests_a_rollback": round(ours.requests / count, 1),
        "undo_calls_p99_seconds": round(_quantile(rival_latencies, 0.99), 4),
        "undo_calls_wall_seconds": round(rival_wall, 1),
        "undo_calls_requests": round(rival.requests / count, 1),
        "wall_to_undo_calls": round(wall / rival_wall, 2),
        "load_average": round(os.getloadavg()[0], 1),
    }
    print(msgspec.json.encode(result).decode())


def _plane(folder: Path) -> Any:
    given = os.environ.get("ROLLGUARD_KUBECONFIG")
    return process.GivenCluster(given) if given else process.start(build.build(), folder / "plane")


def _made(cluster: Any, count: int) -> Made:
    """Make Deployments and roll each out twice; return the namespace and, by name, the restored revision and the suspect."""
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


def _sets(cluster: Any, namespace: str) -> list[Any]:
    return cluster.get(f"/apis/apps/v1/namespaces/{namespace}/replicasets")["items"]


async def _roll_back(api: Counting, namespace: str, found: Revisions) -> tuple[list[float], float]:
    driver, latencies, began = WorkloadDriver(Deployment(), api), [], time.perf_counter()
    for name, revisions in found.items():
        decision = _decision(namespace, name, revisions)
        at = time.perf_counter()
        made = await perform(driver, decision, Ledger(), [], now_unix_seconds=1.0)
        assert made.verdict == "move"  # noqa: S101  # a measurement of something else would be worthless
        latencies.append(api.accepted_at - at)
    return latencies, time.perf_counter() - began


async def _undo(api: Counting, namespace: str, found: Revisions) -> tuple[list[float], float]:
    kind, latencies, began = Deployment(), [], time.perf_counter()
    for name, revisions in found.items():
        at, path = time.perf_counter(), f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        kept = await kind.revisions(api, await api.get(path))
        await api.patch(path, [{"op": "replace", "path": "/spec/template", "value": kept[revisions["v1"]].template}])
        latencies.append(api.accepted_at - at)
    return latencies, time.perf_counter() - began


def _decision(namespace: str, name: str, revisions: dict[str, str]) -> RollbackDecided:
    return RollbackDecided(
        id=f"decision-{name}",
        workload=f"{namespace}/{name}",
        time_unix_seconds=1.0,
        signal_ids=(),
        policy=None,
        mode="act",
        attribution=Attribution(cause="rollout", summary="-"),
        explanation=Explanation(summary="-"),
        target=KubernetesDeployment(namespace=namespace, name=name),
        suspect_revision=revisions["v2"],
        target_revision=revisions["v1"],
        fence=1,
        deadline_unix_seconds=9.0,
        verification=Verification(within_seconds=60),
        rollout="rollout",
    )


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
