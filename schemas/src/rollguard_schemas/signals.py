"""
Signals: what the detector concludes. It names facts and probabilities; what to do about them is the decider's.

Every opening has an end: ``AnomalyOpened`` is followed by ``AnomalyCleared``, a forecast or a breach by ``ObjectiveRecovered``.
Whoever verifies a rollback waits for that end on the restored revision, so an end that is never said would leave it unverified.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rollguard_schemas.event import IdentifiedEvent
from rollguard_schemas.evidence import Evidence, Quantiles
from rollguard_schemas.fields import BreachDirection, Cause, Count, EventId, Name, PositiveSeconds, Ratio, Revision, Seconds

Severity = Literal["low", "medium", "high"]
Verdict = Literal["healthy", "degraded", "inconclusive"]
AnomalyKind = Literal["level", "spread", "spike", "stuck", "missing", "relation"]
Side = Literal["up", "down", "none"]
Control = Literal["concurrent", "mirror", "equal-age", "frozen", "objective"]


class Signal(IdentifiedEvent, frozen=True, kw_only=True):
    """What all signals share; ``revision`` is what the telemetry itself reported, null where it reports none."""

    revision: Revision | None
    evidence: Evidence


class AnomalyOpened(Signal, frozen=True, kw_only=True):
    """
    Something left the range that its own past makes likely; said once an incident, and again when the incident got worse.

    ``metric`` is the one that went farthest; the evidence's contributions name the others.
    """

    incident: EventId
    metric: Name
    direction: Annotated[Side, Meta(description="none: it has no side, as a value that is stuck.")]
    score: Annotated[float, Meta(ge=0, le=1, description="1 minus the tail probability.")]
    severity: Severity
    kind: Annotated[
        AnomalyKind,
        Meta(description="What is odd: the level, the scatter, single values, no change, no data, or how metrics go together."),
    ] = "level"


class AnomalyCleared(Signal, frozen=True, kw_only=True):
    """The incident is over: the last metric is back, its new level was adopted, or its revision serves no longer."""

    incident: EventId
    metric: Name
    adopted: bool = False


class ObjectiveSignal(Signal, frozen=True, kw_only=True):
    """What signals about an objective share; ``episode`` ties a forecast, its breach and its recovery together."""

    episode: EventId
    objective: Name
    metric: Name
    bound: float
    direction: BreachDirection
    value: float


class BreachForecast(ObjectiveSignal, frozen=True, kw_only=True):
    """The objective will be breached within the horizon, with this probability."""

    probability: Ratio
    horizon_seconds: PositiveSeconds
    time_to_breach_seconds: Quantiles


class ObjectiveBreached(ObjectiveSignal, frozen=True, kw_only=True):
    """The objective is breached now."""

    consecutive_samples: Count


class ObjectiveRecovered(ObjectiveSignal, frozen=True, kw_only=True):
    """The objective holds again and no breach is forecast."""

    consecutive_samples: Count


class ToldNoise(msgspec.Struct, frozen=True, kw_only=True):
    """
    How much healthy arms were taken to differ from window to window before anything was compared, and what told it.

    Where both numbers of windows are 0 nothing did, and the default holds; what was told may only raise it.
    """

    variance: Annotated[float, Meta(description="Expected, of a factor of mean one on an arm's rate in a window.")]
    replicas: Annotated[Count, Meta(description="How many of the control's replicas told it.")] = 0
    replica_windows: Annotated[Count, Meta(description="In how many windows before the rollout.")] = 0
    history_windows: Annotated[
        Count, Meta(description="Windows before the rollout in which the control served beside the revision before it.")
    ] = 0


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """
    One metric of a candidate against its control; ``log_e_value`` is anytime-valid evidence against "no worse".

    An effect is the candidate's rate (of bad ones) or mean as a multiple of its control's; an open end is null.
    """

    metric: Name
    verdict: Verdict
    log_e_value: float
    effect_low: float | None
    effect_high: float | None
    control_samples: Count
    candidate_samples: Count
    share_ratio: Annotated[float, Meta(description="How much of the common evidence is its.")]
    least_effect_seen: Annotated[
        float | None, Meta(description="The least effect that this traffic would have shown; null if none would.")
    ] = None
    seconds_to_relevant_effect: Annotated[
        Seconds | None, Meta(description="How much longer it takes to see the least effect that matters; null if it never will.")
    ] = None
    noise: Annotated[ToldNoise | None, Meta(description="Of what is counted; null of means, whose spread is seen as it is.")] = None


class Regression(Signal, frozen=True, kw_only=True):
    """
    What is known of a rollout by comparison with its control: said when the verdict changes, and now and then while it does not.

    ``metric`` is the one that says most, with its effect; ``log_e_value`` is the common evidence, to be held against
    ``log_e_needed``. ``metrics`` has each of them.
    """

    metric: Name
    control_revision: Revision | None
    verdict: Verdict
    log_e_value: float
    effect_low: float | None
    effect_high: float | None
    rollout: EventId | None = None
    stage: Annotated[
        Literal["rollout", "guard"], Meta(description="guard: the rollout is over, and the revision is watched on.")
    ] = "rollout"
    attribution: Cause = "unknown"
    control: Annotated[
        Control,
        Meta(description="With what it is compared: equal-age is the revision before, frozen its own past, objective nothing."),
    ] = "concurrent"
    log_e_needed: float = 0.0
    windows: Count = 0
    control_samples: Count = 0
    candidate_samples: Count = 0
    segment: Annotated[str, Meta(description="The replica, zone or node that carries the evidence alone; empty if none does.")] = ""
    metrics: tuple[Compared, ...] = ()


class Drift(Signal, frozen=True, kw_only=True):
    """A distribution moved: of the inputs, of the concept, or of the predictions."""

    subject: Literal["data", "concept", "prediction"]
    feature: Name | None
    statistic: Name
    value: float
    critical_value: float


class RevisionServing(Signal, frozen=True, kw_only=True):
    """Telemetry began to report another revision than before."""

    previous_revision: Revision | None
