"""
What a policy says about comparing rollouts, as the comparison needs it.

Where the policy names no metric, those of its objectives are compared: whoever promised something about a metric wants to know what
a rollout does to it.
"""

from math import ceil

import msgspec

from rollguard_detector.core.comparison.course import Budget
from rollguard_schemas.policies import ComparedMetric, PolicySpec, RollbackPolicy

_MOST_WINDOWS = 1_000  # of a rollout: what is kept has to be bounded, and to be computed again after a restart
_CRITICAL_SHARE = 0.5  # of the budget, for all critical metrics together
_DAY_SECONDS = 86_400.0


class MetricTerms(msgspec.Struct, frozen=True):
    """One metric; ``alpha_share`` is what a critical one may spend alone, 0 for all others."""

    metric: str
    less_is_worse: bool
    budget_margin: float
    relevant: float
    min_effect: float
    weight: float
    alpha_share: float


class TrialTerms(msgspec.Struct, frozen=True):
    """The budgets, the window, and the metrics by name."""

    alpha: float
    windows_to_a_false_alarm: float
    window_seconds: float
    most_windows: int
    metrics: tuple[MetricTerms, ...]

    def budget(self, metric: MetricTerms, prior: tuple[float, ...], *, is_concurrent: bool) -> Budget:
        """
        Return what a metric is judged on; ``prior`` is that of the noise between its arms.

        A control of another hour differs by more than counting explains, so there only what is worse by more than what matters
        is evidence. Every metric and kind of control has its part of what the rule for hard breaches may spend.
        """
        margin = metric.budget_margin if is_concurrent else max(metric.budget_margin, metric.relevant)
        return Budget(self.alpha, margin, metric.relevant, hard_tests=2 * len(self.metrics), prior=prior)


NOTHING_TO_COMPARE = TrialTerms(0.01, 1.0, 60.0, 1, ())


def terms_of(policy: RollbackPolicy | None) -> TrialTerms:
    """Return the terms of a policy, or of none."""
    if policy is None:
        return NOTHING_TO_COMPARE
    spec, said = policy.spec, policy.spec.regression
    metrics = said.metrics or _of_objectives(spec)
    critical = sum(metric.critical for metric in metrics)
    return TrialTerms(
        alpha=1.0 / said.one_healthy_in,
        windows_to_a_false_alarm=max(2.0, said.false_alarm_every_days * _DAY_SECONDS / said.window_seconds),
        window_seconds=said.window_seconds,
        most_windows=min(_MOST_WINDOWS, ceil(spec.guards.rollout_window_seconds / said.window_seconds)),
        metrics=tuple(_terms(metric, critical) for metric in sorted(metrics, key=lambda one: one.metric)),
    )


def _terms(metric: ComparedMetric, critical: int) -> MetricTerms:
    return MetricTerms(
        metric=metric.metric,
        less_is_worse=metric.direction == "down",
        budget_margin=metric.margin,
        relevant=metric.relevant,
        min_effect=metric.min_effect,
        weight=metric.weight,
        alpha_share=_CRITICAL_SHARE / critical if metric.critical else 0.0,
    )


def _of_objectives(spec: PolicySpec) -> tuple[ComparedMetric, ...]:
    """Return the metrics of the objectives, each once, with the side on which the first of them is breached."""
    directions = {one.metric: one.direction for one in reversed(spec.objectives)}
    return tuple(ComparedMetric(metric=name, direction="up" if side == "above" else "down") for name, side in directions.items())
