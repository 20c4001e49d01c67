"""
From findings to the signals of the schemas, with ids that come from causes.

An id depends on the workload, the series or objective and event times only, so a replayed log says the same signals again.
"""

from collections.abc import Sequence

from rollguard_detector.core import sentences
from rollguard_detector.core.incidents import Part, Told
from rollguard_detector.core.objectives import Forecast, Step
from rollguard_detector.core.readings import Reading
from rollguard_detector.core.revisions import RevisionChange
from rollguard_schemas.evidence import Contribution, Evidence
from rollguard_schemas.ids import derive_id
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.policies import Objective
from rollguard_schemas.signals import (
    AnomalyCleared,
    AnomalyOpened,
    BreachForecast,
    ObjectiveBreached,
    ObjectiveRecovered,
    RevisionServing,
    Signal,
)

_MOST_CONTRIBUTIONS = 10  # whoever is woken up reads the first three


def revision_serving(point: MetricPoint, change: RevisionChange) -> RevisionServing:
    """Say which revision telemetry reports now."""
    return RevisionServing(
        id=derive_id("serving", point.workload, change.revision, point.time_unix_seconds),
        workload=point.workload,
        time_unix_seconds=point.time_unix_seconds,
        revision=change.revision,
        previous_revision=change.previous,
        evidence=Evidence(summary=sentences.of_revision(change.revision, change.previous)),
    )


def of_incident(workload: str, at_seconds: float, told: Told, rollout: str) -> Signal:
    """Say that something left its range, got worse, or that it is over; ``rollout`` ends the sentence."""
    first = told.parts[0]
    evidence = Evidence(
        summary=sentences.of_incident(told, at_seconds) + rollout,
        observed=first.observed,
        expected_low=first.expected_low,
        expected_high=first.expected_high,
        unit=first.unit,
        samples=first.samples,
        contributions=_contributions(told.parts),
    )
    if told.saying == "AnomalyCleared":
        return AnomalyCleared(
            id=derive_id("anomaly-cleared", told.incident),
            workload=workload,
            time_unix_seconds=at_seconds,
            revision=first.revision,
            evidence=evidence,
            incident=told.incident,
            metric=first.metric,
            adopted=told.is_adopted,
        )
    return AnomalyOpened(
        id=derive_id("anomaly-opened", told.incident, told.severity),
        workload=workload,
        time_unix_seconds=at_seconds,
        revision=first.revision,
        evidence=evidence,
        incident=told.incident,
        metric=first.metric,
        direction=first.side,
        score=1.0 - 1.0 / max(first.evidence, 1.0),
        severity=told.severity,
        kind=first.kind,
    )


def _contributions(parts: Sequence[Part]) -> tuple[Contribution, ...]:
    """Share the incident among its parts by how far each went."""
    whole = sum(part.deviations for part in parts)
    return tuple(
        Contribution(
            series=part.series,
            share_ratio=part.deviations / whole if whole else 1.0 / len(parts),
            observed=part.observed,
            expected=part.expected,
        )
        for part in parts[:_MOST_CONTRIBUTIONS]
    )


def of_step(reading: Reading, objective: Objective, step: Step, rollout: str) -> Signal:
    """Say the step of an objective's episode."""
    if step.said.saying == "BreachForecast" and step.forecast is not None:
        return _forecast(reading, objective, step, step.forecast, rollout)
    is_breach = step.said.saying == "ObjectiveBreached"
    summary = (
        sentences.of_breach(reading, objective, step.consecutive_samples) + rollout
        if is_breach
        else sentences.of_recovery(reading, objective, step.consecutive_samples, step.forecast)
    )
    signal_type = ObjectiveBreached if is_breach else ObjectiveRecovered
    return signal_type(
        id=derive_id("breached" if is_breach else "recovered", step.said.episode),
        workload=reading.workload,
        time_unix_seconds=reading.at_seconds,
        revision=reading.revision,
        evidence=_objective_evidence(reading, objective, step, summary),
        episode=step.said.episode,
        objective=objective.name,
        metric=objective.metric,
        bound=objective.bound,
        direction=objective.direction,
        value=reading.value,
        consecutive_samples=step.consecutive_samples,
    )


def _forecast(reading: Reading, objective: Objective, step: Step, forecast: Forecast, rollout: str) -> BreachForecast:
    summary = sentences.of_forecast(reading, objective, forecast) + rollout
    return BreachForecast(
        id=derive_id("forecast", step.said.episode, reading.at_seconds),
        workload=reading.workload,
        time_unix_seconds=reading.at_seconds,
        revision=reading.revision,
        evidence=_objective_evidence(reading, objective, step, summary),
        episode=step.said.episode,
        objective=objective.name,
        metric=objective.metric,
        bound=objective.bound,
        direction=objective.direction,
        value=reading.value,
        probability=forecast.probability,
        horizon_seconds=forecast.horizon_seconds,
        time_to_breach_seconds=forecast.time_to_breach_seconds,
    )


def _objective_evidence(reading: Reading, objective: Objective, step: Step, summary: str) -> Evidence:
    is_above = objective.direction == "above"
    return Evidence(
        summary=summary,
        observed=reading.value,
        expected_low=None if is_above else objective.bound,
        expected_high=objective.bound if is_above else None,
        unit=objective.unit or reading.unit,
        samples=step.samples,
        contributions=(_contribution(reading, step.forecast.level if step.forecast else None),),
    )


def _contribution(reading: Reading, expected: float | None) -> Contribution:
    return Contribution(series=reading.series, share_ratio=1.0, observed=reading.value, expected=expected)
