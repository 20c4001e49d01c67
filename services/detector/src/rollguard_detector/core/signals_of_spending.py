"""
From the steps of an error budget to signals: a page is a breach, a ticket a forecast, and both end with a recovery.

Value and bound are burn rates: how many times as fast as allowed the budget is spent. An id depends on the episode, and that on
workload, objective and event time only.
"""

from rollguard_detector.core import sentences_of_spending as sentences
from rollguard_detector.core.readings import Reading
from rollguard_detector.core.spending import SpendingStep
from rollguard_schemas.evidence import Contribution, Evidence
from rollguard_schemas.ids import derive_id
from rollguard_schemas.signals import BreachForecast, ObjectiveBreached, ObjectiveRecovered, Signal

_MOST_REVISIONS = 10


def of_step(reading: Reading, step: SpendingStep, rollout: str) -> Signal:
    """Say the step; ``rollout`` ends the sentence of a beginning."""
    if step.said.saying == "BreachForecast":
        return _ticket(reading, step, rollout)
    is_end = step.said.saying == "ObjectiveRecovered"
    signal_type = ObjectiveRecovered if is_end else ObjectiveBreached
    return signal_type(
        id=derive_id("recovered" if is_end else "breached", step.said.episode),
        workload=reading.workload,
        time_unix_seconds=reading.at_seconds,
        revision=reading.revision if is_end else step.worst_revision,
        evidence=_evidence(step, sentences.of_step(step) + ("" if is_end else rollout)),
        episode=step.said.episode,
        objective=step.objective.name,
        metric=step.objective.metric,
        bound=step.factor,
        direction="above",
        value=step.short.rate if is_end else step.long.rate,
        consecutive_samples=1,
    )


def _ticket(reading: Reading, step: SpendingStep, rollout: str) -> BreachForecast:
    return BreachForecast(
        id=derive_id("forecast", step.said.episode, reading.at_seconds),
        workload=reading.workload,
        time_unix_seconds=reading.at_seconds,
        revision=step.worst_revision,
        evidence=_evidence(step, sentences.of_step(step) + rollout),
        episode=step.said.episode,
        objective=step.objective.name,
        metric=step.objective.metric,
        bound=step.factor,
        direction="above",
        value=step.long.rate,
        probability=step.probability,
        horizon_seconds=step.window_seconds / step.factor,
        time_to_breach_seconds=step.lasts_seconds,
    )


def _evidence(step: SpendingStep, summary: str) -> Evidence:
    bad = step.long.bad
    worst = sorted(step.long.by_revision.items(), key=lambda one: (-one[1][0], one[0] or ""))[:_MOST_REVISIONS]
    return Evidence(
        summary=summary,
        observed=step.long.rate,
        expected_high=step.factor,
        unit="times the allowed pace",
        samples=round(step.long.events),
        contributions=tuple(
            Contribution(
                series=f"{step.objective.metric}{f' of {revision}' if revision else ''}"[:253],
                share_ratio=one_bad / bad if bad else 0.0,
                observed=one_bad / events if events else None,
                expected=step.budget_share,
            )
            for revision, (one_bad, events) in worst
        ),
    )
