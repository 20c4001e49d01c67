"""
Points, policies and whole stretches of telemetry for the detector's tests: what a test says in one line is built here.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from rollguard_detector.core.detector import Detector
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.policies import ActOn, ForecastEvidence, Objective, PolicyMetadata, PolicySpec, RollbackPolicy
from rollguard_schemas.signals import Signal
from rollguard_schemas.targets import MlflowAlias

WORKLOAD = "shop/fraud-scorer"
LATENCY = "request_latency_p95_seconds"
START = 1_700_000_000.0
METRIC_TIME_TOLERANCE_SECONDS = 1e-6  # Unix nanoseconds do not fit a float exactly

LATENCY_OBJECTIVE = Objective(name="latency", metric=LATENCY, above=0.25, unit="s")
ACCURACY_OBJECTIVE = Objective(name="accuracy", metric="accuracy_ratio", below=0.85)


def point(value=0.05, *, at=0.0, metric=LATENCY, revision="7", **fields):
    return MetricPoint(
        workload=WORKLOAD,
        time_unix_seconds=START + at,
        metric=metric,
        revision=revision,
        **({"value": value} | fields),
    )


def points(values: Iterable[float], *, start=0.0, step=1.0, **fields) -> list[MetricPoint]:
    return [point(float(value), at=start + index * step, **fields) for index, value in enumerate(values)]


def policy(*objectives: Objective, horizon_seconds=60.0, probability=0.9) -> RollbackPolicy:
    return RollbackPolicy(
        api_version="rollguard.dev/v1",
        metadata=PolicyMetadata(name="fraud-scorer"),
        spec=PolicySpec(
            workload=WORKLOAD,
            target=MlflowAlias(model="fraud", alias="champion"),
            objectives=objectives or (LATENCY_OBJECTIVE,),
            act_on=ActOn(forecast=ForecastEvidence(probability=probability, horizon_seconds=horizon_seconds)),
        ),
    )


def watching(*objectives: Objective, **terms) -> Detector:
    detector = Detector()
    detector.take_policy(WORKLOAD, policy(*objectives, **terms))
    return detector


def observe(detector: Detector, stretch: Sequence[MetricPoint]) -> list[Signal]:
    return [signal for one in stretch for signal in detector.observe(one, received_at_seconds=one.time_unix_seconds).signals]


def of_type(signals: Iterable[Signal], *types: type) -> list[Signal]:
    return [signal for signal in signals if isinstance(signal, types)]


def climb(rng: np.random.Generator, *, quiet: int, noise: float, samples: int = 60) -> np.ndarray:
    """Latency at 0.05 s, then rising by 0.004 s a second: 0.25 s is reached 50 s after the quiet stretch."""
    level = np.concatenate([np.full(quiet, 0.05), 0.05 + 0.004 * np.arange(samples)])
    return level * (1 + noise * rng.standard_normal(len(level)))
