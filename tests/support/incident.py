"""
One incident, told in events: a rollout, a forecast, the rollback that was decided, and how it ended.
"""

from rollguard_schemas.alerts import Alert, NextStep
from rollguard_schemas.decisions import (
    Attribution,
    Explanation,
    PolicyReference,
    RollbackDecided,
    Verification,
    Withheld,
)
from rollguard_schemas.evidence import Contribution, Evidence, Quantiles
from rollguard_schemas.outcomes import ActionApplied, Step, Succeeded
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.signals import BreachForecast
from rollguard_schemas.targets import MlflowAlias

WORKLOAD = "shop/fraud-scorer"
TARGET = MlflowAlias(model="fraud", alias="champion")
BEGAN = 1_779_990_000.0

ROLLOUT = RolloutStarted(
    id="started-1",
    workload=WORKLOAD,
    time_unix_seconds=BEGAN,
    rollout="rollout-1",
    target=TARGET,
    from_revision="6",
    to_revision="7",
)
FORECAST = BreachForecast(
    id="forecast-1",
    workload=WORKLOAD,
    time_unix_seconds=BEGAN + 60,
    revision="7",
    evidence=Evidence(
        summary="p99 climbs 4 ms a second", observed=0.21, expected_low=0.08, expected_high=0.12, unit="s", samples=300
    ),
    episode="episode-1",
    objective="latency",
    metric="p99",
    bound=0.25,
    direction="above",
    value=0.21,
    probability=0.93,
    horizon_seconds=600.0,
    time_to_breach_seconds=Quantiles(p10=40.0, p50=150.0, p90=None),
)
_SHARED = {
    "policy": PolicyReference(name="fraud", digest="blake2b:00"),
    "attribution": Attribution(cause="rollout", summary="began 60 s after revision 7", rollout="rollout-1"),
    "workload": WORKLOAD,
}
RECOMMENDED = RollbackDecided(
    id="rollback-1",
    time_unix_seconds=BEGAN + 61,
    signal_ids=("forecast-1",),
    mode="recommend",
    explanation=Explanation(
        summary="latency would pass 0.25 s",
        gates=("kill switch: not engaged",),
        contributions=(Contribution(series="p99", share_ratio=1.0, observed=0.21, expected=0.1),),
    ),
    target=TARGET,
    suspect_revision="7",
    fence=1,
    deadline_unix_seconds=BEGAN + 361,
    verification=Verification(within_seconds=300.0, objective="latency"),
    rollout="rollout-1",
    target_revision="6",
    **_SHARED,
)
WITHHELD = Withheld(
    id="withheld-1",
    time_unix_seconds=BEGAN + 90,
    signal_ids=("forecast-2",),
    mode="recommend",
    explanation=Explanation(summary="decided already"),
    reason="already-decided",
    would_change="nothing",
    decision_id="rollback-1",
    **_SHARED,
)
_OUTCOME = {
    "workload": WORKLOAD,
    "decision_id": "rollback-1",
    "target": TARGET,
    "suspect_revision": "7",
    "target_revision": "6",
    "attempt": 1,
}
APPLIED = ActionApplied(
    id="applied-1",
    time_unix_seconds=BEGAN + 62,
    summary="the alias was moved",
    steps=(Step(name="move alias", status="done", before="7", after="6"),),
    verify_by_unix_seconds=BEGAN + 362,
    **_OUTCOME,
)
SUCCEEDED = Succeeded(id="succeeded-1", time_unix_seconds=BEGAN + 100, summary="6 serves and latency holds", **_OUTCOME)
ALERT = Alert(
    id="alert-1",
    workload=WORKLOAD,
    time_unix_seconds=BEGAN + 61,
    incident="incident-1",
    status="opened",
    severity="critical",
    opened_unix_seconds=BEGAN + 61,
    title="shop/fraud-scorer: back from revision 7 to 6, recommended, waits for approval",
    summary=RECOMMENDED.explanation.summary,
    next_steps=(NextStep(does="read the whole story", command="rollguard explain rollback-1"),),
    decision=RECOMMENDED,
    cause=RECOMMENDED.id,
)
