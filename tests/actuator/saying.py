"""
Events as tests say them: everything has a default, and only what a test is about is given.
"""

from rollguard_schemas.decisions import (
    Attribution,
    CallDecided,
    Explanation,
    FallbackDecided,
    PolicyReference,
    RestartDecided,
    RollbackDecided,
    ScaleOutDecided,
    Verification,
    Withheld,
)
from rollguard_schemas.evidence import Evidence
from rollguard_schemas.outcomes import ActionApplied
from rollguard_schemas.policies import PolicyMetadata, PolicySpec, RollbackPolicy
from rollguard_schemas.signals import AnomalyCleared, ObjectiveRecovered, RevisionServing
from rollguard_schemas.targets import MlflowAlias

WORKLOAD = "shop/fraud"
TARGET = MlflowAlias(model="fraud", alias="champion")
NOW = 1_000_000.0

_DECISION = {
    "workload": WORKLOAD,
    "time_unix_seconds": NOW,
    "signal_ids": ("signal-1",),
    "policy": PolicyReference(name="fraud", digest="d"),
    "attribution": Attribution(cause="rollout", summary="the rollout"),
    "explanation": Explanation(summary="because"),
}
_ACTION = {
    **_DECISION,
    "mode": "act",
    "target": TARGET,
    "suspect_revision": "2",
    "fence": 1,
    "deadline_unix_seconds": NOW + 300,
    "verification": Verification(within_seconds=60),
}


def rollback(**given):
    return RollbackDecided(**{**_ACTION, "id": "decision-1", "rollout": "rollout-1", "target_revision": "1", **given})


def fallback(**given):
    return FallbackDecided(**{**_ACTION, "id": "decision-f", "fallback_revision": "1", **given})


def scale_out(**given):
    return ScaleOutDecided(**{**_ACTION, "id": "decision-s", "max_replicas": 9, "by": 2, **given})


def call(**given):
    return CallDecided(**{**_ACTION, "id": "decision-c", "order": "retrain", **given})


def restart(**given):
    return RestartDecided(**{**_ACTION, "id": "decision-r", "rollout": "rollout-1", **given})


def withheld(**given):
    return Withheld(**{**_DECISION, "id": "decision-w", "mode": "act", "reason": "cooldown", "would_change": "time", **given})


def applied(**given):
    defaults = {
        "id": "outcome-1",
        "workload": WORKLOAD,
        "time_unix_seconds": NOW,
        "decision_id": "decision-1",
        "target": TARGET,
        "suspect_revision": "2",
        "target_revision": "1",
        "attempt": 1,
        "summary": "2 gives way to 1",
        "verify_by_unix_seconds": NOW + 60,
    }
    return ActionApplied(**{**defaults, **given})


def _signal(kind, revision, at, workload=WORKLOAD, **given):
    name = f"{kind.__name__}-{revision}-{at}"
    return kind(id=name, workload=workload, time_unix_seconds=at, revision=revision, evidence=Evidence(summary="seen"), **given)


def serving(revision, at=NOW + 1, **given):
    return _signal(RevisionServing, revision, at, previous_revision=None, **given)


def recovered(revision, at=NOW + 2, objective="latency"):
    given = {"episode": "e", "objective": objective, "metric": "m", "bound": 1.0, "direction": "above", "value": 0.5}
    return _signal(ObjectiveRecovered, revision, at, consecutive_samples=3, **given)


def cleared(revision, at=NOW + 2, incident="incident-1", *, adopted=False):
    return _signal(AnomalyCleared, revision, at, incident=incident, metric="m", adopted=adopted)


def policy(**given):
    spec = PolicySpec(**{"workload": WORKLOAD, "target": TARGET, "mode": "act", **given})
    return RollbackPolicy(api_version="rollguard.dev/v1", metadata=PolicyMetadata(name="fraud"), spec=spec)
