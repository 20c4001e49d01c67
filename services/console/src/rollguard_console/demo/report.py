"""
The closing report: what the demo measured, and whether it may call itself a success.

It succeeds only if the bad version was taken back exactly once and verified, seen by a forecast or by comparison ahead of the
breach, and the healthy version was left alone and not called degraded. Every number comes from events, from the load generator's
own ledger, or from the fault that the demo put in.
"""

import msgspec

from rollguard_console.demo.story import Story
from rollguard_schemas.outcomes import Succeeded
from rollguard_schemas.signals import Regression, Verdict

SEEN_LATE = "the breach was not forecast ahead of its time, nor did comparison see it coming"


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo put in: the versions, the bound, and how fast the bad one worsens."""

    healthy_revision: str
    bad_revision: str
    bound_seconds: float
    fault_seconds_per_second: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What comparison with its control said of a revision, by how much evidence of how much was needed, and when."""

    verdict: Verdict
    seconds_after_rollout: float | None
    windows: int
    log_e_value: float
    log_e_needed: float
    summary: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came out; ``complaints`` is empty when all is well. Seconds are null where the thing never happened."""

    complaints: tuple[str, ...]
    broker: str
    target: str
    healthy_revision: str
    actions_on_healthy_revision: int
    bad_revision: str
    restored_revision: str | None
    rollbacks: int
    forecast_probability: float | None
    forecast_lead_seconds: float | None
    is_breach_averted: bool
    first_bad_effect_to_recovery_seconds: float | None
    requests_served: int
    requests_hurt: int
    signals_answered: int
    signals_unanswered: int
    healthy_compared: "Comparison | None"
    bad_compared: "Comparison | None"
    decision: str | None
    explanation: str | None
    elapsed_seconds: float

    @property
    def is_success(self) -> bool:
        """Whether the demo showed what it is there to show."""
        return not self.complaints


def close(story: Story, expectation: Expectation, *, broker: str, target: str, elapsed_seconds: float) -> Report:
    """Measure the story."""
    decisions = story.decided_against(expectation.bad_revision)
    end = story.end_of(decisions[0]) if decisions else None
    forecast = story.forecast_of(expectation.bad_revision)
    breach_at = breach_unix_seconds(story, expectation)
    lead = breach_at - forecast.time_unix_seconds if forecast and breach_at else None
    unanswered = len(story.unanswered())
    return Report(
        complaints=tuple(_complaints(story, expectation, _seen_ahead_seconds(story, expectation, lead))),
        broker=broker,
        target=target,
        healthy_revision=expectation.healthy_revision,
        actions_on_healthy_revision=len(story.decided_against(expectation.healthy_revision)),
        bad_revision=expectation.bad_revision,
        restored_revision=decisions[0].target_revision if isinstance(end, Succeeded) else None,
        rollbacks=len(story.applied()),
        forecast_probability=forecast.probability if forecast else None,
        forecast_lead_seconds=lead,
        is_breach_averted=observed_breach_unix_seconds(story, expectation) is None,
        first_bad_effect_to_recovery_seconds=_recovery_seconds(story, expectation),
        requests_served=sum(second.requests for second in story.seconds),
        requests_hurt=sum(second.hurt for second in story.seconds),
        signals_answered=len(story.signals) - unanswered,
        signals_unanswered=unanswered,
        healthy_compared=_comparison(story, expectation.healthy_revision),
        bad_compared=_comparison(story, expectation.bad_revision),
        decision=decisions[0].id if decisions else None,
        explanation=decisions[0].explanation.summary if decisions else None,
        elapsed_seconds=elapsed_seconds,
    )


def observed_breach_unix_seconds(story: Story, expectation: Expectation) -> float | None:
    """Return when the bad revision was first seen beyond the bound."""
    return next((at for at, latency in _bad_points(story, expectation) if latency > expectation.bound_seconds), None)


def breach_unix_seconds(story: Story, expectation: Expectation) -> float | None:
    """
    Return when the bad revision passed the bound, or would have passed it had it gone on serving.

    The second case is the fault's own line, latency = first + rate x time: the rate is what the demo put in, the first value is
    what was measured when the revision began to serve.
    """
    observed = observed_breach_unix_seconds(story, expectation)
    points = _bad_points(story, expectation)
    if observed is not None or not points:
        return observed
    began_at, first = points[0]
    return began_at + (expectation.bound_seconds - first) / expectation.fault_seconds_per_second


def _bad_points(story: Story, expectation: Expectation) -> list[tuple[float, float]]:
    return [
        (second.time_unix_seconds, second.latency_p95_seconds)
        for second in story.seconds
        if second.revision == expectation.bad_revision and second.latency_p95_seconds is not None
    ]


def _recovery_seconds(story: Story, expectation: Expectation) -> float | None:
    """From the bad revision's first answer to the restored one's first, if the rollback was verified."""
    bad = _bad_points(story, expectation)
    if not bad or not any(isinstance(outcome, Succeeded) for outcome in story.outcomes):
        return None
    after = [second.time_unix_seconds for second in story.seconds if second.time_unix_seconds > bad[-1][0] and second.requests]
    return after[0] - bad[0][0] if after else None


def _comparison(story: Story, revision: str) -> Comparison | None:
    said = story.compared(revision)
    if said is None:
        return None
    return Comparison(
        verdict=said.verdict,
        seconds_after_rollout=_seconds_after_rollout(story, said),
        windows=said.windows,
        log_e_value=said.log_e_value,
        log_e_needed=said.log_e_needed,
        summary=said.evidence.summary,
    )


def _seconds_after_rollout(story: Story, said: Regression) -> float | None:
    began = next((one.time_unix_seconds for one in story.rollouts if one.rollout == said.rollout), None)
    return None if began is None else said.time_unix_seconds - began


def _seen_ahead_seconds(story: Story, expectation: Expectation, lead: float | None) -> float | None:
    """Return how long before the breach anything said that the bad revision is bad: a forecast, or the comparison before it."""
    said, breach_at = story.compared(expectation.bad_revision), breach_unix_seconds(story, expectation)
    if said is None or said.verdict != "degraded" or breach_at is None:
        return lead
    return max(breach_at - said.time_unix_seconds, lead or 0.0)


def _complaints(story: Story, expectation: Expectation, seen_ahead: float | None) -> list[str]:
    decisions = story.decided_against(expectation.bad_revision)
    complaints = []
    if story.decided_against(expectation.healthy_revision):
        complaints.append(f"the healthy revision {expectation.healthy_revision} was decided against")
    healthy = story.compared(expectation.healthy_revision)
    if healthy is not None and healthy.verdict == "degraded":
        complaints.append(f"comparison called the healthy revision {expectation.healthy_revision} degraded")
    if len(story.applied()) != 1:
        complaints.append(f"{len(story.applied())} rollbacks were made instead of one")
    if not decisions or not isinstance(story.end_of(decisions[0]), Succeeded):
        complaints.append("the rollback was not verified")
    if seen_ahead is None or seen_ahead <= 0:
        complaints.append(SEEN_LATE)
    return complaints
