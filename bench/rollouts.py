"""
Does the running detector keep what comparison promises: healthy canaries left alone, bad ones caught, from points, not windows?

    make -s bench NAME=rollouts ARGS="[--runs N] [--seed SEED]"

The canaries of `decisions`, each a workload of its own: its counts as ratio points, its rollout as an event, the verdicts as
signals. The named rival is the core alone on the same windows, which the detector can at best equal: it stakes a fifth on controls
of another age, and sees a window half a window after its end. Where the control has replicas, they are heard for an hour before the
rollout, and may tell of noise; the core is not told.
"""

import argparse
from math import inf

import msgspec
import numpy as np
from scoring.canaries import MINUTES, Cell, Drawn, draw
from scoring.canary_own import decide, wilson
from scoring.one_line import print_line
from scoring.told_noise import hour_of_replicas

from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.comparison.course import Budget
from rollguard_detector.core.detector import Detector
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.policies import ComparedMetric, Comparison, PolicyMetadata, PolicySpec, RollbackPolicy
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.signals import Regression
from rollguard_schemas.targets import MlflowAlias

HEALTHY = {
    "20_a_second": Cell(20),
    "200_a_second": Cell(200),
    "200_both_x5": Cell(200, 0.002, incident=5),
    "200_arm_noise_0.2": Cell(200, arm_variance=0.2),
    "2000_replica_noise_0.2": Cell(2000, arm_variance=0.2, control_replicas=9),
}
BAD = {"20_x2": Cell(20, effect=2), "20_x3": Cell(20, effect=3), "200_x1.5": Cell(200, effect=1.5), "200_x2": Cell(200, effect=2)}
BAD["200_x2_replica_noise_0.2"] = Cell(200, effect=2, arm_variance=0.2, control_replicas=9)
TARGET = MlflowAlias(model="m", alias="champion")
START = 1_700_000_040.0  # a whole minute
STABLE, CANARY = "1", "2"


class Judged(msgspec.Struct, frozen=True):
    """In which minute a run was first to be taken back (infinite: never), and whether it was ever called global."""

    rollback_minute: float
    is_called_global: bool


def policy(workload: str) -> RollbackPolicy:
    """Return a policy that compares errors, a window a minute."""
    spec = PolicySpec(workload=workload, target=TARGET, regression=Comparison(metrics=(ComparedMetric(metric="errors"),)))
    return RollbackPolicy(api_version="rollguard.dev/v1", metadata=PolicyMetadata(name="bench"), spec=spec)


def judge(drawn: Drawn, cell: Cell) -> list[Judged]:
    """Let one detector judge all runs at once, a workload each."""
    detector, names = Detector(), [f"bench/run-{run}" for run in range(len(drawn))]
    for name in names:
        detector.take_policy(name, policy(name))
    if cell.control_replicas > 1:
        for run, name in enumerate(names):
            hour = _hour_before(name, cell, run)
            detector.observe_many([Arrival(point, point.time_unix_seconds) for point in hour])
    for name in names:
        detector.take_rollout(
            RolloutStarted(
                id=name,
                workload=name,
                time_unix_seconds=START,
                rollout=name,
                from_revision=STABLE,
                to_revision=CANARY,
                target=TARGET,
            )
        )
    said: dict[str, list[Regression]] = {name: [] for name in names}
    for minute in range(MINUTES + 2):
        points = [point for run, name in enumerate(names) for point in _points(name, drawn.rows(run), minute)]
        for observation in detector.observe_many([Arrival(point, point.time_unix_seconds) for point in points]):
            for signal in observation.signals:
                if isinstance(signal, Regression):
                    said[signal.workload].append(signal)
    return [_judged(said[name]) for name in names]


def _points(workload: str, rows: list[tuple[int, int, int, int]], minute: int) -> list[MetricPoint]:
    control_n, control_bad, candidate_n, candidate_bad = rows[minute] if minute < MINUTES else (1, 0, 1, 0)
    at = START + 60.0 * minute + 30.0
    return [
        _point(workload, at, (control_n, control_bad), STABLE),
        _point(workload, at + 1.0, (candidate_n, candidate_bad), CANARY),
    ]


def _hour_before(workload: str, cell: Cell, run: int) -> list[MetricPoint]:
    return [
        _point(workload, START + 60.0 * (minute - MINUTES) + 30.0, counted, STABLE, pod=pod)
        for minute, parts in enumerate(hour_of_replicas(cell, (7, run)))
        for pod, counted in parts.items()
    ]


def _point(workload: str, at: float, counted: tuple[int, int], revision: str, **labels: str) -> MetricPoint:
    n, bad = counted
    return MetricPoint(
        workload=workload, time_unix_seconds=at, metric="errors", kind="ratio",
        numerator=float(bad), denominator=float(n), revision=revision, labels=labels,
    )  # fmt: skip


def _judged(said: list[Regression]) -> Judged:
    blamed = [one.time_unix_seconds for one in said if one.verdict == "degraded" and one.attribution == "rollout"]
    return Judged(
        rollback_minute=(blamed[0] - START) // 60.0 if blamed else inf,
        is_called_global=any(one.attribution == "global" for one in said),
    )


def _core_minutes(drawn: Drawn) -> list[float]:
    decided = [decide(drawn.rows(run), Budget()).rollback_minute for run in range(len(drawn))]
    return [minute or inf for minute in decided]


def _caught(minutes: list[float]) -> dict[str, object]:
    return {"share": float(np.isfinite(minutes).mean()), "median_minute": float(np.median(minutes))}


def _healthy(drawn: Drawn, cell: Cell) -> dict[str, object]:
    judged, core = judge(drawn, cell), _core_minutes(drawn)
    hits = sum(np.isfinite(one.rollback_minute) for one in judged)
    return {
        "false_rollbacks": hits / len(judged),
        "high": wilson(int(hits), len(judged))[1],
        "core_alone": float(np.isfinite(core).mean()),
        "called_global": sum(one.is_called_global for one in judged) / len(judged),
    }


def _bad(drawn: Drawn, cell: Cell) -> dict[str, object]:
    own, core = _caught([one.rollback_minute for one in judge(drawn, cell)]), _caught(_core_minutes(drawn))
    return {"detector": own, "core_alone": core}


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print_line(
        {
            "runs": options.runs,
            "healthy": {
                name: _healthy(draw(cell, options.runs, (options.seed, place)), cell)
                for place, (name, cell) in enumerate(HEALTHY.items())
            },
            "bad": {
                name: _bad(draw(cell, options.runs // 4, (options.seed, 100 + place)), cell)
                for place, (name, cell) in enumerate(BAD.items())
            },
        }
    )


if __name__ == "__main__":
    main()
