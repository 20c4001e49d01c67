"""
Points as a native producer writes them: own JSON of about 150 bytes, ten metrics a workload, one objective a workload.

One series in two hundred shifts half-way, so that there is something to find and to publish; the others are noise around a level.
"""

from collections.abc import Iterator

import numpy as np

from rollguard_schemas.policies import ActOn, ForecastEvidence, Objective, PolicyMetadata, PolicySpec, RollbackPolicy
from rollguard_schemas.targets import MlflowAlias

METRICS = (
    "latency_p95_seconds", "latency_p50_seconds", "error_ratio", "queue_depth", "tokens_per_second",
    "gpu_memory_bytes", "gpu_busy_ratio", "batch_size", "cache_hit_ratio", "reward_mean",
)  # fmt: skip
START_SECONDS, STEP_SECONDS = 1_700_000_000, 15
_SHIFTED_EVERY, _SHIFT = 200, 1.5
_BLOCK = 100

Message = tuple[bytes, bytes, int]  # key, value, append time in milliseconds


def workload_of(series: int) -> str:
    """Return the workload of a series by its number."""
    return f"shop/ranker-{series // len(METRICS):05d}"


def messages(series: int, points: int, seed: int = 1) -> Iterator[Message]:
    """Yield so many points of so many series, round by round; at each instant every series reports once."""
    heads = [
        (workload_of(one).encode(), f'{{"type":"metric-point","workload":"{workload_of(one)}","time_unix_seconds":')
        for one in range(series)
    ]
    tails = [
        (f',"metric":"{METRICS[one % len(METRICS)]}","value":', f',"unit":"s","labels":{{"pod":"r{one}-a"}}}}')
        for one in range(series)
    ]
    rounds = -(-points // series)
    shift = np.where(np.arange(series) % _SHIFTED_EVERY == 7, _SHIFT, 0.0)
    random = np.random.default_rng(seed)
    for turn in range(rounds):
        second = START_SECONDS + STEP_SECONDS * turn
        values = np.round(1.0 + 0.1 * random.standard_normal(series) + (shift if turn > rounds // 2 else 0.0), 7).tolist()
        for number in range(min(series, points - turn * series)):
            (key, head), (middle, end) = heads[number], tails[number]
            yield key, f"{head}{second}.0{middle}{values[number]}{end}".encode(), second * 1000


def policies(series: int) -> Iterator[RollbackPolicy]:
    """Yield a policy for each workload: its first metric is to stay below a bound that noise does not reach."""
    for name in sorted({workload_of(one) for one in range(series)}):
        yield RollbackPolicy(
            api_version="rollguard.dev/v1",
            metadata=PolicyMetadata(name=name.split("/")[1]),
            spec=PolicySpec(
                workload=name,
                target=MlflowAlias(model="ranker", alias="champion"),
                objectives=(Objective(name="latency", metric=METRICS[0], above=2.0, unit="s"),),
                act_on=ActOn(forecast=ForecastEvidence(probability=0.9, horizon_seconds=600.0)),
            ),
        )
