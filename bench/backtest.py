"""
How much faster than real time a backtest is: 1,000 series at a point each 15 s, as a ratio to its limit of 100 times real time.

    make -s bench NAME=backtest ARGS="--minutes 60"

The whole command is measured, with reading, both replays and the judging. The ratio is taken over the CPU seconds of all its
processes together, as one core would need them; ``wall`` is what a person waited beside whatever else ran. ``detector_alone`` is
the same past through the detector's core in this process, decoded already, which no replay can beat.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.targets import MlflowAlias

LIMIT_TIMES_REAL_TIME = 100
WORKLOADS, SERIES_EACH, EVERY_SECONDS, START = 100, 10, 15.0, 1_800_000_000.0
_STEP = 10_000


def _past(minutes: int) -> list[MetricPoint | RolloutStarted]:
    numbers = random.Random(11)
    events: list[MetricPoint | RolloutStarted] = []
    steps = int(minutes * 60 / EVERY_SECONDS)
    for step in range(steps):
        at = START + step * EVERY_SECONDS
        for workload in range(WORKLOADS):
            name, is_new = f"shop/w{workload}", step >= steps // 2
            if step == steps // 2:
                events.append(_rollout(name, at))
            climb = 0.004 * (step - steps // 2) if is_new and workload % 10 == 0 else 0.0
            for series in range(SERIES_EACH):
                value = 0.1 + 0.01 * numbers.gauss(0, 1) + climb * (series == 0)
                revision = "2" if is_new else "1"
                events.append(MetricPoint(workload=name, time_unix_seconds=at, metric=f"m{series}", value=value, revision=revision))
    return events


def _rollout(workload: str, at: float) -> RolloutStarted:
    target = MlflowAlias(model="m", alias="champion")
    names = {"id": f"{workload}-started", "rollout": f"{workload}-ro", "from_revision": "1", "to_revision": "2"}
    return RolloutStarted(workload=workload, time_unix_seconds=at, target=target, **names)


def _policies(folder: Path) -> Path:
    documents = []
    for workload in range(WORKLOADS):
        spec = {
            "workload": f"shop/w{workload}",
            "target": {"driver": "mlflow-alias", "model": "m", "alias": "champion"},
            "mode": "act",
            "objectives": [{"name": "o", "metric": "m0", "above": 0.25}],
            "actOn": {"breach": True, "forecast": {"probability": 0.9, "horizonSeconds": 600}},
        }
        documents.append(
            {"apiVersion": "rollguard.dev/v1", "kind": "RollbackPolicy", "metadata": {"name": f"w{workload}"}, "spec": spec}
        )
    path = folder / "policies.yaml"
    path.write_text("\n---\n".join(json.dumps(document) for document in documents))
    return path


def _detector_alone(points: list[MetricPoint]) -> float:
    detector = Detector()
    began = time.process_time()
    for start in range(0, len(points), _STEP):
        detector.observe_many([Arrival(point, point.time_unix_seconds) for point in points[start : start + _STEP]])
    return time.process_time() - began


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=int, default=60)
    minutes = parser.parse_args().minutes
    past = _past(minutes)
    alone = _detector_alone([event for event in past if isinstance(event, MetricPoint)])
    with TemporaryDirectory() as name:
        folder = Path(name)
        history = folder / "past.jsonl"
        history.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in past))
        command = [
            sys.executable,
            "-m",
            "rollguard_console",
            "policy",
            "backtest",
            "-f",
            str(_policies(folder)),
            str(history),
            "--json",
        ]
        began, before = time.perf_counter(), _children_seconds()
        said = subprocess.run(command, check=True, capture_output=True)
        wall, seconds = time.perf_counter() - began, _children_seconds() - before
    (judged,) = json.loads(said.stdout)["policies"]
    span = minutes * 60.0
    result = {
        "bench": "backtest",
        "series": WORKLOADS * SERIES_EACH,
        "every_seconds": EVERY_SECONDS,
        "past_minutes": minutes,
        "points": judged["points"],
        "rollbacks": len(judged["rollbacks"]),
        "cpu_seconds": round(seconds, 2),
        "wall_seconds": round(wall, 2),
        "points_per_second": round(judged["points"] / seconds),
        "times_real_time": round(span / seconds),
        "ratio_to_limit": round(span / seconds / LIMIT_TIMES_REAL_TIME, 2),
        "detector_alone_times_real_time": round(span / alone),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
