"""
``RollbackPolicy``: when a rollout of a workload may be taken back, in the form that people write.

The message on the topic is the same document as the YAML file, so a reader of either learns one shape. Unknown fields are refused
here (unlike in events): a misspelt guard that is silently ignored is a guard that does not hold.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rollguard_schemas.expressions import identifier
from rollguard_schemas.fields import BreachDirection, Mode, Name, PositiveSeconds, Ratio, Revision, WorkloadId
from rollguard_schemas.policy_deeds import Call, Fallback, ScaleOut
from rollguard_schemas.policy_guards import Approval, Guards
from rollguard_schemas.policy_ladder import Combination, Ladder
from rollguard_schemas.slow_burns import ErrorBudget, Saturation
from rollguard_schemas.targets import Target


class PolicyMetadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The policy's own name."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)]


class Objective(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    A promise about one metric: ``above`` or ``below`` is the bound whose crossing is a breach; give exactly one.

    With ``errorBudget`` the promise is about many events: the metric is then the share of bad ones, or, with a bound, each sample
    beyond it is one bad event. With ``saturation`` the bound is a limit that fills up.
    """

    name: Name
    metric: Name
    above: float | None = None
    below: float | None = None
    unit: str = ""
    consecutive_samples: Annotated[int, Meta(ge=1, description="How many samples in a row make a breach, or a recovery.")] = 3
    interval_seconds: Annotated[
        PositiveSeconds | None, Meta(description="How often the metric is reported; with it, `policy check` sees what cannot work.")
    ] = None
    error_budget: ErrorBudget | None = None
    saturation: Saturation | None = None

    def __post_init__(self) -> None:
        """Refuse an objective without exactly one bound, unless it has an error budget instead."""
        bounds = (self.above is not None) + (self.below is not None)
        if self.error_budget is None and bounds != 1:
            raise ValueError("an objective needs exactly one of `above` and `below`")
        if self.error_budget is not None and (bounds > 1 or self.saturation is not None):
            raise ValueError("an objective with `errorBudget` has at most one bound, and no `saturation`")

    @property
    def bound(self) -> float:
        """The value whose crossing is a breach; of an error budget, the burn rate."""
        if self.error_budget is not None:
            return self.error_budget.page_burn_rate
        return self.above if self.above is not None else self.below  # type: ignore[return-value]  # one of the two is set

    @property
    def direction(self) -> BreachDirection:
        """On which side of the bound the breach lies."""
        return "above" if self.above is not None or self.error_budget is not None else "below"

    def bad_share(self, value: float) -> float | None:
        """Return which share of what a sample stands for was bad, for an error budget; None where the sample is no share."""
        if self.above is not None or self.below is not None:
            return float(value > self.above if self.above is not None else value < self.below)  # type: ignore[operator]  # is set
        return value if 0.0 <= value <= 1.0 else None


class ForecastEvidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Act on a forecast at least this probable, within this horizon."""

    probability: Ratio = 0.9
    horizon_seconds: PositiveSeconds = 600.0


class ActOn(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which evidence may lead to an action; what is not listed is only reported."""

    breach: bool = True
    forecast: ForecastEvidence | None = None
    anomaly: Literal["low", "medium", "high"] | None = None
    regression: Annotated[bool, Meta(description="A rollout that comparison calls degraded, as `regression` says.")] = False


class MetricRules(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What has to be true of one metric before a departure is worth a word, and on what time scale what is usual of it moves."""

    metric: Name
    direction: Annotated[Literal["up", "down", "both"], Meta(description="The harmful side.")] = "both"
    min_absolute: Annotated[float, Meta(ge=0, description="Least distance from the expected value, in the metric's unit.")] = 0.0
    min_relative: Annotated[float, Meta(ge=0, description="Least distance as a share of the expected value.")] = 0.0
    min_samples_in_a_row: Annotated[
        int, Meta(ge=1, description="How many odd samples in a row make a spike; 1 says single ones too.")
    ] = 2
    min_denominator: Annotated[float, Meta(ge=0, description="A ratio over fewer than this (requests, labels) is no data.")] = 0.0
    valid_low: Annotated[float | None, Meta(description="Values below are faults of the sensor: no data.")] = None
    valid_high: Annotated[float | None, Meta(description="Values above are faults of the sensor: no data.")] = None
    half_life_seconds: Annotated[
        Annotated[float, Meta(ge=1, le=31_536_000)] | None,
        Meta(description="What is usual forgets half in so many seconds of event time. Left out: in 230 to 280 usual steps."),
    ] = None


class Anomalies(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How often the workload's anomalies may be false, and what is worth a word a metric."""

    false_alarm_every_days: Annotated[
        float, Meta(gt=0, description="At most one false incident of the workload in so many days, over all its series.")
    ] = 7.0
    metrics: tuple[MetricRules, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two rules for one metric: which of them holds could not be told."""
        names = [rules.metric for rules in self.metrics]
        if len(set(names)) != len(names):
            raise ValueError("each metric has rules once")


class ComparedMetric(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A metric by which a rollout is compared with its control. Ratios, histograms, gauges and counters can be."""

    metric: Name
    direction: Annotated[
        Literal["up", "down"], Meta(description="The harmful side; down for a ratio compares what is missing from the whole.")
    ] = "up"
    margin: Annotated[float, Meta(ge=0, description="A candidate that is worse by up to this share is no worse.")] = 0.0
    relevant: Annotated[
        float, Meta(gt=0, description="A healthy candidate is shown to be worse by less than this share, or the margin if any.")
    ] = 0.5
    min_effect: Annotated[
        float, Meta(ge=0, description="The least difference that matters, in the metric's own unit; a smaller one is no harm.")
    ] = 0.0
    critical: Annotated[
        bool, Meta(description="Has a share of the budget of its own, so that calm metrics cannot outweigh it.")
    ] = False
    weight: Annotated[float, Meta(gt=0, description="How much of the common evidence is its.")] = 1.0


class Comparison(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The budget on which rollouts are compared, and by what; without metrics, by those of the objectives."""

    one_healthy_in: Annotated[
        float, Meta(ge=2, le=1e9, description="At most one healthy rollout in so many is called degraded, however often one looks.")
    ] = 100.0
    false_alarm_every_days: Annotated[
        float, Meta(gt=0, description="After the rollout: at most one false alarm in so many days, on average.")
    ] = 90.0
    window_seconds: Annotated[float, Meta(ge=1, le=86_400, description="How much is counted together; one looks as often.")] = 60.0
    mirrored: Annotated[
        dict[Name, tuple[Name, ...]] | None,
        Meta(
            description="Labels, each with values (* for any text), of traffic that only mirrors the users': compared, and never "
            "their harm. Left out: what Envoy, Istio and others write. {}: none."
        ),
    ] = None
    metrics: tuple[ComparedMetric, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a metric that is compared twice: it would count twice."""
        names = [compared.metric for compared in self.metrics]
        if len(set(names)) != len(names):
            raise ValueError("each metric is compared once")


class Verify(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How long the restored revision has to prove itself, and how long an undelivered decision stays good."""

    within_seconds: PositiveSeconds = 300.0
    decision_expires_after_seconds: PositiveSeconds = 300.0


class PolicyRules(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """On what evidence, doing what, under which guards; a preset is these rules without a workload."""

    objectives: tuple[Objective, ...] = ()
    mode: Mode = "observe"
    act_on: ActOn = ActOn()
    combine: Combination = Combination()
    ladder: Ladder = Ladder()
    fallback_revision: Annotated[
        Revision | None,
        Meta(description="Where to return to when no revision is known to be good: a simpler model, a known state."),
    ] = None
    scale_out: Annotated[ScaleOut | None, Meta(description="How far the rung scale-out may go; needed for it.")] = None
    call: Annotated[Call | None, Meta(description="What the rung call orders of a receiver of your own; needed for it.")] = None
    fallback: Annotated[Fallback | None, Meta(description="A light model that answers while the primary is taken back.")] = None
    also: Annotated[
        tuple[Target, ...],
        Meta(description="What is taken back together with the target, all or nothing: an alias beside a Deployment."),
    ] = ()
    anomalies: Anomalies = Anomalies()
    regression: Comparison = Comparison()
    guards: Guards = Guards()
    approval: Approval = Approval()
    verify: Verify = Verify()

    def __post_init__(self) -> None:
        """Refuse two objectives of one name: signals could not be told apart."""
        names = [objective.name for objective in self.objectives]
        if len(set(names)) != len(names):
            raise ValueError("objectives need different names")
        if self.act_on.regression and not self.objectives and not self.regression.metrics:
            raise ValueError("actOn.regression needs something to compare: regression.metrics, or an objective")
        if self.act_on.regression and self.regression.window_seconds > self.guards.rollout_window_seconds:
            raise ValueError("regression.windowSeconds is longer than guards.rolloutWindowSeconds: no window would ever be whole")
        if self.scale_out is None and "scale-out" in msgspec.structs.astuple(self.ladder):
            raise ValueError("the ladder reaches scale-out, and scaleOut does not say how far; write scaleOut, or another rung")
        if self.call is None and "call" in msgspec.structs.astuple(self.ladder):
            raise ValueError("the ladder reaches call, and call does not say what to order; write call, or another rung")
        strangers = [name for name in self._combined() if name not in {*names, *self._metrics()}]
        if strangers:
            raise ValueError(
                f"combine names {strangers[0]}, which is neither an objective nor a metric of the policy; write one that is"
            )

        if self.combine.rule == "expression":
            self._refuse_twins()

    @property
    def combinable(self) -> tuple[str, ...]:
        """The names by which evidence is combined: those of the objectives, and the metrics that no objective names."""
        of_objectives = {objective.metric for objective in self.objectives}
        return (*(objective.name for objective in self.objectives), *sorted(self._metrics() - of_objectives))

    def _refuse_twins(self) -> None:
        """Refuse two names that an expression cannot tell apart."""
        known: dict[str, str] = {}
        for name in self.combinable:
            twin = known.setdefault(identifier(name), name)
            if twin != name:
                raise ValueError(f"combine.expression cannot tell {twin} from {name}; rename one of the objectives")

    def _combined(self) -> tuple[str, ...]:
        return (*self.combine.of, *self.combine.weights, *self.combine.critical)

    def _metrics(self) -> set[str]:
        lists: tuple[tuple[Objective | MetricRules | ComparedMetric, ...], ...] = (
            self.objectives,
            self.anomalies.metrics,
            self.regression.metrics,
        )
        return {rules.metric for each in lists for rules in each}


class PolicySpec(PolicyRules, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """For which workload, and its rules; ``preset`` says where rules came from that the document itself does not spell out."""

    workload: WorkloadId
    target: Target
    preset: Name | None = None

    def __post_init__(self) -> None:
        """Refuse a workload that waits for itself."""
        super().__post_init__()
        if self.workload in self.guards.after:
            raise ValueError(f"guards.after names {self.workload} itself, it would never act; leave it out")
        routed = self.fallback.target if self.fallback else None
        if routed is not None and routed in (self.target, *self.also):
            raise ValueError("fallback.target is taken back itself; name what routes between the primary and the light model")
        if len({self.target, *self.also}) <= len(self.also):
            raise ValueError("also names a target twice; each is taken back once")


class RollbackPolicy(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, tag_field="kind", tag="RollbackPolicy"
):
    """The document: one policy for one workload."""

    api_version: Literal["rollguard.dev/v1"]
    metadata: PolicyMetadata
    spec: PolicySpec

    @property
    def workload(self) -> str:
        """The workload that it is for; the key on the topic."""
        return self.spec.workload

    def objective(self, name: str) -> Objective | None:
        """Find an objective by name."""
        return next((objective for objective in self.spec.objectives if objective.name == name), None)
