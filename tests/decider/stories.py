"""
Given, when, then for the decider's core, and short ways to say each fact.

The story plays on one workload, whose newest rollout goes from revision 7 to 8 at ``START``; times are seconds after that. A fact
reaches the decider at the time that it carries, unless the story says otherwise.
"""

import msgspec

from rollguard_decider.core.decide import step
from rollguard_decider.core.evolve import evolve
from rollguard_decider.core.state import WorkloadState
from rollguard_schemas import commands, outcomes, rollouts, signals
from rollguard_schemas.decisions import RollbackDecided, Withheld
from rollguard_schemas.evidence import Contribution, Evidence, Quantiles
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.targets import MlflowAlias

WORKLOAD = "shop/fraud-scorer"
TARGET = MlflowAlias(model="fraud", alias="champion")
START = 1_800_000_000.0
EVIDENCE = Evidence(summary="as seen", samples=3, contributions=(Contribution(series="accuracy", share_ratio=1.0),))


def policy(*, mode="act", act_on=None, guards=None, verify=None, objectives=None, workload=WORKLOAD, **more):
    """Return a policy as a person would write it: accuracy below 0.85 takes the rollout back."""
    spec = {
        "workload": workload,
        "target": {"driver": "mlflow-alias", "model": "fraud", "alias": "champion"},
        "objectives": [{"name": "accuracy", "metric": "accuracy", "below": 0.85}] if objectives is None else objectives,
        "mode": mode,
        "actOn": {"breach": True} if act_on is None else act_on,
        "guards": guards or {},
        "verify": verify or {},
        **more,
    }
    document = {"apiVersion": "rollguard.dev/v1", "kind": "RollbackPolicy", "metadata": {"name": "fraud"}, "spec": spec}
    return msgspec.convert(document, RollbackPolicy)


def started(rollout="ro-8", *, old="7", new="8", at=0.0, digest=None, workload=WORKLOAD):
    return rollouts.RolloutStarted(
        id=f"{rollout}-started",
        workload=workload,
        time_unix_seconds=START + at,
        rollout=rollout,
        target=TARGET,
        from_revision=old,
        to_revision=new,
        artifact_digest=digest,
    )


def reverted(rollout="ro-8", *, bad="8", good="7", at=120.0, decision_id=None):
    return rollouts.RolloutReverted(
        id=f"{rollout}-reverted",
        workload=WORKLOAD,
        time_unix_seconds=START + at,
        rollout=rollout,
        target=TARGET,
        from_revision=bad,
        to_revision=good,
        decision_id=decision_id,
    )


def _objective(
    name="accuracy",
    *,
    id,  # noqa: A002  # the field
    at,
    revision,
    value,
    bound=0.85,
    direction="below",
    episode="ep-1",
    workload=WORKLOAD,  # the field
):
    return {
        "id": id,
        "workload": workload,
        "time_unix_seconds": START + at,
        "revision": revision,
        "evidence": EVIDENCE,
        "episode": episode,
        "objective": name,
        "metric": name,
        "bound": bound,
        "direction": direction,
        "value": value,
    }


def breach(id="s-1", *, at=60.0, revision="8", value=0.79, name="accuracy", **more):  # noqa: A002  # the field's name
    return signals.ObjectiveBreached(
        **_objective(name, id=id, at=at, revision=revision, value=value, **more), consecutive_samples=3
    )


def forecast(id="s-f", *, at=60.0, revision="8", probability=0.95, horizon=600.0, **more):  # noqa: A002  # the field's name
    return signals.BreachForecast(
        **_objective(id=id, at=at, revision=revision, value=0.88, **more),
        probability=probability,
        horizon_seconds=horizon,
        time_to_breach_seconds=Quantiles(p10=60.0, p50=120.0, p90=None),
    )


def recovered(id="s-r", *, at=200.0, revision="7", **more):  # noqa: A002  # the field's name
    return signals.ObjectiveRecovered(**_objective(id=id, at=at, revision=revision, value=0.9, **more), consecutive_samples=3)


def anomaly(id="s-a", *, at=60.0, revision="8", severity="high", incident="in-1", kind="level"):  # noqa: A002  # the field's name
    return signals.AnomalyOpened(
        id=id,
        workload=WORKLOAD,
        time_unix_seconds=START + at,
        revision=revision,
        evidence=EVIDENCE,
        incident=incident,
        metric="latency_p99",
        direction="up",
        score=0.999,
        severity=severity,
        kind=kind,
    )


def serving(revision="8", *, id="s-v", at=10.0, previous=None):  # noqa: A002  # the field's name
    return signals.RevisionServing(
        id=id, workload=WORKLOAD, time_unix_seconds=START + at, revision=revision, evidence=EVIDENCE, previous_revision=previous
    )


def regression(
    id="s-x",  # noqa: A002  # the field's name
    *,
    at=60.0,
    revision="8",
    verdict="degraded",
    attribution="rollout",
    rollout="ro-8",
):
    return signals.Regression(
        id=id,
        workload=WORKLOAD,
        time_unix_seconds=START + at,
        revision=revision,
        evidence=EVIDENCE,
        metric="accuracy",
        control_revision="7",
        verdict=verdict,
        log_e_value=5.0,
        effect_low=1.4,
        effect_high=3.9,
        rollout=rollout,
        attribution=attribution,
        log_e_needed=4.63,
    )


def command(kind, *, id="c-1", at=30.0, by="alice", why="as tested", until=None, workload=WORKLOAD, **more):  # noqa: A002  # the field's name
    return kind(
        id=id,
        workload=workload,
        time_unix_seconds=START + at,
        by=by,
        why=why,
        until_unix_seconds=None if until is None else START + until,
        **more,
    )


def roll_back_now(**more):
    return command(commands.RollBackNow, **more)


def outcome(kind, decision, *, at=100.0, **more):
    return kind(
        id=f"{decision.id}-{kind.__name__}",
        workload=WORKLOAD,
        time_unix_seconds=START + at,
        decision_id=decision.id,
        target=TARGET,
        suspect_revision=decision.suspect_revision,
        target_revision=decision.target_revision,
        attempt=1,
        summary="done",
        **({"verify_by_unix_seconds": START + at + 300} if kind is outcomes.ActionApplied else {}),
        **more,
    )


class Story:
    """What is known so far, and what was said last."""

    def __init__(self, rules=None):
        self.rules = rules
        self.state = WorkloadState(workload=WORKLOAD)
        self.said = []
        self.all_said = []

    def given(self, *facts):
        """Let facts be heard, and decisions be made on them."""
        for fact in facts:
            self.when(fact)
        return self

    def when(self, fact, *, now=None):
        """Let the fact be heard that the story is about."""
        self.state, self.said = step(self.rules, self.state, fact, fact.time_unix_seconds if now is None else now)
        self.all_said += self.said
        return self

    def restrained_by_fleet(self, fact):
        """Let a fleet-wide command hold, as the shell lays it in."""
        fleet = evolve(WorkloadState(workload=WORKLOAD), fact, fact.time_unix_seconds).own
        self.state = msgspec.structs.replace(self.state, fleet=fleet)
        return self

    def then_rolls_back(self, *, to, suspect="8") -> RollbackDecided:
        assert len(self.said) == 1, self.said
        decision = self.said[0]
        assert isinstance(decision, RollbackDecided), f"{decision.reason}: {decision.explanation.summary}"
        assert (decision.suspect_revision, decision.target_revision) == (suspect, to)
        return decision

    def then_withholds(self, reason) -> Withheld:
        assert len(self.said) == 1, self.said
        decision = self.said[0]
        assert isinstance(decision, Withheld), decision
        assert decision.reason == reason, decision.explanation.summary
        assert decision.would_change
        return decision

    def then_says_nothing(self):
        assert self.said == []
        return self


def given(*facts, rules=None):
    """Begin a story under the usual policy, or under ``rules``."""
    return Story(policy() if rules is None else rules).given(*facts)
