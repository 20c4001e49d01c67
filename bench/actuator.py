"""
How fast a decision becomes a patch that the API server accepted, and what rollbacks cost beside kubectl's undo.

    make -s bench NAME=actuator ARGS="--workloads 500"

On the real control plane of the tests (or ``ROLLGUARD_KUBECONFIG``), over Deployments without replicas, so that the driver is
measured and not the pods. Decisions come one by one, from the handler's being given one to the accepted patch, and then all at
once. The rival is the three calls of kubectl's undo (read the Deployment, list its ReplicaSets, patch the template), one Deployment
after another, by the same client: kubectl itself is not built here. Ours adds the claim and the rehearsal.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from load.deployments import Made, Revisions, decision, made
from scoring.one_line import print_line

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from controlplane import build, process  # after the path
from rollguard_actuator.drivers.by_target import ByTarget  # as above
from rollguard_actuator.drivers.kubernetes.api import Answer, Api  # as above
from rollguard_actuator.drivers.kubernetes.deployment import Deployment  # as above
from rollguard_actuator.drivers.kubernetes.workload import WorkloadDriver  # as above
from rollguard_actuator.shell.decisions import Decisions  # as above
from rollguard_actuator.shell.journal import FOLLOWED, Journal  # as above
from rollguard_runtime import logs  # as above
from rollguard_runtime.memory import MemoryBus  # as above
from rollguard_runtime.pump import Received  # as above
from rollguard_schemas.targets import KubernetesDeployment  # as above
from rollguard_schemas.topics import OUTCOMES  # as above

LIMIT_SECONDS = 0.3
_WITHIN_SECONDS = 3600.0


class Counting(Api):
    """Counts requests, and notes when each object's move was accepted."""

    def __init__(self, client: Any) -> None:
        super().__init__(client, timeout_seconds=30)
        self.requests, self.accepted_at = 0, dict[str, float]()

    async def _exchange(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: object) -> Answer:
        self.requests += 1
        answer = await super()._exchange(method, path, query, headers, body)
        if method == "PATCH" and "dryRun" not in query and _is_move(body):
            self.accepted_at[path.rpartition("/")[2]] = time.perf_counter()
        return answer


def _is_move(operations: Any) -> bool:
    return any(operation["path"] == "/spec/template" for operation in operations)


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workloads", type=int, default=500)
    count = parser.parse_args().workloads
    logs.configure("bench", "error")
    with ExitStack() as stack:
        plane = stack.enter_context(_plane(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        one_by_one, together, rival = (Counting(plane.cluster.client) for _ in range(3))
        sets = [made(plane.cluster, count) for _ in range(3)]
        latencies = asyncio.run(_roll_back(one_by_one, sets[0], at_once=False))[0]
        wall = asyncio.run(_roll_back(together, sets[1], at_once=True))[1]
        rival_latencies, rival_wall = asyncio.run(_undo(rival, *sets[2]))
    p99, rival_p99 = _quantile(latencies, 0.99), _quantile(rival_latencies, 0.99)
    print_line(
        {
            "bench": "actuator",
            "workloads": count,
            "decision_to_accepted_p50_seconds": _quantile(latencies, 0.5),
            "decision_to_accepted_p99_seconds": p99,
            "p99_to_limit": p99 / LIMIT_SECONDS,
            "requests_a_rollback": one_by_one.requests / count,
            "all_at_once_wall_seconds": wall,
            "undo_calls_p50_seconds": _quantile(rival_latencies, 0.5),
            "undo_calls_p99_seconds": rival_p99,
            "undo_calls_requests": rival.requests / count,
            "undo_calls_wall_seconds": rival_wall,
            "wall_to_undo_calls": wall / rival_wall,
            "load_average": os.getloadavg()[0],
        }
    )


def _plane(folder: Path) -> Any:
    given = os.environ.get("ROLLGUARD_KUBECONFIG")
    return process.GivenCluster(given) if given else process.start(build.build(), folder / "plane")


async def _roll_back(api: Counting, of: Made, *, at_once: bool) -> tuple[list[float], float]:
    """Hand the decisions to the handler; return how long each took until its patch was accepted, and how long all took."""
    bus, (namespace, found) = MemoryBus(), of
    journal = Journal(bus.follower([topic.name for topic in FOLLOWED]), bus.sink())
    driver = ByTarget({KubernetesDeployment: WorkloadDriver(Deployment(), api)}, missing="-")
    handler = Decisions(journal, driver, clock=time.time, beat=lambda: None)
    asked = [_received(namespace, name, revisions) for name, revisions in found.items()]
    begun, began = dict[str, float](), time.perf_counter()
    for batch in [asked] if at_once else [[one] for one in asked]:
        begun |= {one.event.target.name: time.perf_counter() for one in batch}
        await handler.handle(batch)
    wall = time.perf_counter() - began
    assert len(bus.records(OUTCOMES.name)) == len(found) == len(api.accepted_at)  # noqa: S101  # else something else was measured
    return [api.accepted_at[name] - begun[name] for name in found], wall


def _received(namespace: str, name: str, revisions: dict[str, str]) -> Received:
    now: Any = time.time()
    return Received(None, decision(namespace, name, revisions, at_unix_seconds=now, within_seconds=_WITHIN_SECONDS))  # type: ignore[arg-type]


async def _undo(api: Counting, namespace: str, found: Revisions) -> tuple[list[float], float]:
    kind, latencies, began = Deployment(), [], time.perf_counter()
    for name, revisions in found.items():
        at, path = time.perf_counter(), f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        kept = await kind.revisions(api, await api.get(path))
        await api.patch(path, [{"op": "replace", "path": "/spec/template", "value": kept[revisions["v1"]].template}])
        latencies.append(api.accepted_at[name] - at)
    return latencies, time.perf_counter() - began


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
