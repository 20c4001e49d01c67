"""
What the demo plays: the workload, its policy, the versions and their fault, and how long each act takes.
"""

import msgspec

from rollguard_schemas.policies import (
    ActOn,
    ComparedMetric,
    Comparison,
    ForecastEvidence,
    Objective,
    PolicyMetadata,
    PolicySpec,
    RollbackPolicy,
    Verify,
)
from rollguard_schemas.policy_guards import Guards
from rollguard_schemas.policy_ladder import Ladder
from rollguard_schemas.targets import Target

WORKLOAD = "demo/tumour-classifier"
MODEL, ALIAS = "tumour-classifier", "champion"
METRIC = "request_latency_p95_seconds"
BOUND_SECONDS = 0.25
FAULT_SECONDS_PER_SECOND = 0.006

# In the order in which they are rolled out: the first, the healthy one, the bad one, and what was put into each.
VERSIONS = ("1", "2", "3")
FAULTS = ("none", "none", f"latency:{FAULT_SECONDS_PER_SECOND}")


class Acts(msgspec.Struct, frozen=True, kw_only=True):
    """How long the demo watches before it goes on."""

    baseline_seconds: float = 20.0
    healthy_seconds: float = 10.0
    verdict_timeout_seconds: float = 30.0
    rollback_timeout_seconds: float = 120.0


def policy(target: Target) -> RollbackPolicy:
    """Return the policy of the demo's workload; `examples/policies` has the same as YAML, for the registry."""
    return RollbackPolicy(
        api_version="rollguard.dev/v1",
        metadata=PolicyMetadata(name="tumour-classifier"),
        spec=PolicySpec(
            workload=WORKLOAD,
            target=target,
            mode="act",
            objectives=(
                Objective(name="latency", metric=METRIC, above=BOUND_SECONDS, unit="s"),
                Objective(name="accuracy", metric="accuracy", below=0.85),
                Objective(name="errors", metric="error_ratio", above=0.05),
            ),
            act_on=ActOn(breach=True, forecast=ForecastEvidence(probability=0.9, horizon_seconds=60.0), regression=True),
            regression=Comparison(
                window_seconds=1.0,
                metrics=(
                    ComparedMetric(metric=METRIC, relevant=2.0, min_effect=0.1),
                    ComparedMetric(metric="accuracy", direction="down", min_effect=0.05),
                    ComparedMetric(metric="error_ratio", min_effect=0.02),
                ),
            ),
            ladder=Ladder(forecast="rollback"),
            guards=Guards(cooldown_seconds=60.0, rollout_window_seconds=600.0),
            verify=Verify(within_seconds=60.0, decision_expires_after_seconds=60.0),
        ),
    )
