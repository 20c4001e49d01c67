"""
Points, policies and whole stretches of telemetry for the detector's tests: what a test says in one line is built here.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.policies import ActOn, Comparison, ForecastEvidence, Objective, PolicyMetadata, PolicySpec, RollbackPolicy
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


def compared(rules: RollbackPolicy, **terms) -> RollbackPolicy:
    """Return a policy that says how rollouts are compared."""
    return msgspec.structs.replace(rules, spec=msgspec.structs.replace(rules.spec, regression=Comparison(**terms)))


def watching(*objectives: Objective, **terms) -> Detector:
    detector = Detector()
    detector.take_policy(WORKLOAD, policy(*objectives, **terms))
    return detector


def observe(detector: Detector, stretch: Sequence[MetricPoint]) -> list[Signal]:
    seen = detector.observe_many([Arrival(one, one.time_unix_seconds) for one in stretch])
    return [signal for observation in seen for signal in observation.signals]


def observe_apart(stretches: Mapping[str, Sequence[MetricPoint]], *objectives: Objective, **terms) -> dict[str, list[Signal]]:
    """Observe many stretches at once, each as a workload of its own under the same terms; return what is said of each."""
    detector, names = Detector(), {f"apart/{name}": name for name in stretches}
    for workload in names:
        detector.take_policy(workload, policy(*objectives, **terms))
    log = [msgspec.structs.replace(one, workload=workload) for workload, name in names.items() for one in stretches[name]]
    said: dict[str, list[Signal]] = {name: [] for name in stretches}
    for signal in observe(detector, sorted(log, key=lambda one: one.time_unix_seconds)):
        said[names[signal.workload]].append(signal)
    return said


def of_type(signals: Iterable[Signal], *types: type) -> list[Signal]:
    return [signal for signal in signals if isinstance(signal, types)]


def climb(rng: np.random.Generator, *, quiet: int, noise: float, samples: int = 60) -> np.ndarray:
    """Latency at 0.05 s, then rising by 0.004 s a second: 0.25 s is reached 50 s after the quiet stretch."""
    level = np.concatenate([np.full(quiet, 0.05), 0.05 + 0.004 * np.arange(samples)])
    return level * (1 + noise * rng.standard_normal(len(level)))
