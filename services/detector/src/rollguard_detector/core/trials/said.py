"""
From a comparison to the signal and its sentence, with an id that comes from its causes.
"""

from typing import NamedTuple

from rollguard_detector.core.comparison.dispersion import PRIOR
from rollguard_detector.core.sentences import duration, number
from rollguard_detector.core.trials.after import Alarm
from rollguard_detector.core.trials.facts import RolloutFacts
from rollguard_detector.core.trials.noise import Noise
from rollguard_detector.core.trials.outcome import MetricOutcome, Outcome, finite
from rollguard_schemas.evidence import Contribution, Evidence
from rollguard_schemas.ids import derive_id
from rollguard_schemas.signals import Compared, Control, Regression, ToldNoise

_CONTROLS: dict[Control, str] = {
    "concurrent": "revision {control}, which serves at the same time",
    "mirror": "revision {control}, on a mirror of the same requests",
    "equal-age": "revision {control} at equal age",
    "frozen": "its own past",
    "objective": "nothing: no control was heard",
}


class Moment(NamedTuple):
    """Of whom, when, and in which window something is said."""

    workload: str
    at_seconds: float
    window: int
    window_seconds: float


def of_outcome(moment: Moment, facts: RolloutFacts, outcome: Outcome) -> Regression:
    """Say what is known of a rollout."""
    lead = outcome.lead
    return Regression(
        id=derive_id("regression", moment.workload, facts.rollout, moment.window, outcome.verdict, outcome.attribution),
        workload=moment.workload,
        time_unix_seconds=moment.at_seconds,
        revision=facts.candidate,
        evidence=_evidence(moment, facts, outcome),
        metric=lead.found.metric if lead else "none",
        control_revision=facts.control,
        verdict=outcome.verdict,
        log_e_value=outcome.log_e,
        effect_low=finite(lead.found.finding.effect_low) if lead else None,
        effect_high=finite(lead.found.finding.effect_high) if lead else None,
        rollout=facts.rollout,
        attribution=outcome.attribution,
        control=outcome.control,
        log_e_needed=outcome.needed,
        windows=outcome.windows,
        control_samples=lead.found.finding.total.control_n if lead else 0,
        candidate_samples=lead.found.finding.total.candidate_n if lead else 0,
        segment=outcome.segment,
        metrics=tuple(_compared(one, moment.window_seconds) for one in outcome.metrics),
    )


def of_alarm(moment: Moment, facts: RolloutFacts, alarm: Alarm, needed: float) -> Regression:
    """Say that a revision got worse after its rollout, or that it is no worse any more."""
    levels = f"{alarm.metric} is {number(alarm.seen)}, {number(alarm.usual)} " + (
        f"on revision {facts.control} at the same time" if alarm.is_concurrent else "when its rollout ended"
    )
    return Regression(
        id=derive_id("regression-guard", moment.workload, facts.rollout, moment.window, alarm.is_over),
        workload=moment.workload,
        time_unix_seconds=moment.at_seconds,
        revision=facts.candidate,
        evidence=Evidence(
            summary=f"revision {facts.candidate}, watched on after its rollout: "
            + ("the alarm did not come again" if alarm.is_over else levels),
            observed=None if alarm.is_over else alarm.seen,
            expected_high=None if alarm.is_over else alarm.usual,
            contributions=(Contribution(series=alarm.metric, share_ratio=1.0, observed=alarm.seen, expected=alarm.usual),),
        ),
        metric=alarm.metric,
        control_revision=facts.control if alarm.is_concurrent else None,
        verdict="inconclusive" if alarm.is_over else "degraded",
        log_e_value=alarm.log_value,
        effect_low=None,
        effect_high=None,
        rollout=facts.rollout,
        stage="guard",
        attribution="rollout" if alarm.is_concurrent and not alarm.is_over else "unknown",
        control="concurrent" if alarm.is_concurrent else "frozen",
        log_e_needed=needed,
    )


def _compared(one: MetricOutcome, window_seconds: float) -> Compared:
    finding = one.found.finding
    seconds = finite(one.reach.windows_to_relevant * window_seconds)
    return Compared(
        metric=one.found.metric,
        verdict=finding.verdict,
        log_e_value=finding.log_e,
        effect_low=finite(finding.effect_low),
        effect_high=finite(finding.effect_high),
        control_samples=finding.total.control_n,
        candidate_samples=finding.total.candidate_n,
        share_ratio=one.share,
        least_effect_seen=finite(one.reach.least_ratio),
        seconds_to_relevant_effect=seconds,
        noise=_noise(one.noise),
    )


def _noise(told: Noise | None) -> ToldNoise | None:
    if told is None:
        return None
    return ToldNoise(
        variance=told.variance,
        replicas=told.replicas,
        replica_windows=told.replica_windows,
        history_windows=told.history_windows,
    )


def _evidence(moment: Moment, facts: RolloutFacts, outcome: Outcome) -> Evidence:
    lead = outcome.lead
    observed = lead.found.levels[1] if lead else None
    return Evidence(
        summary=_sentence(moment, facts, outcome),
        observed=observed,
        expected_high=lead.found.levels[0] if lead else None,
        samples=lead.found.finding.total.candidate_n if lead else 0,
        contributions=tuple(
            Contribution(series=one.found.metric, share_ratio=one.share, observed=one.found.levels[1], expected=one.found.levels[0])
            for one in sorted(outcome.metrics, key=lambda one: (-one.share, one.found.metric))
        ),
    )


def _sentence(moment: Moment, facts: RolloutFacts, outcome: Outcome) -> str:
    against = _CONTROLS[outcome.control].format(control=facts.control) + (f" ({outcome.remark})" if outcome.remark else "")
    said = f"revision {facts.candidate} against {against}, after {outcome.windows} windows of {duration(moment.window_seconds)}: "
    effects = "; ".join(_effect(one) for one in outcome.metrics) + _caution(outcome.lead)
    if outcome.verdict == "healthy":
        return f"{said}healthy, no metric is worse by what matters ({effects})"
    if outcome.verdict == "degraded":
        blame = "both arms moved, a global incident" if outcome.attribution == "global" else "degraded"
        return f"{said}{blame}, {effects}; log e {number(outcome.log_e)}, {number(outcome.needed)} is needed"
    if outcome.attribution == "segment":
        return f"{said}little of the evidence is left without {outcome.segment}: one bad replica is no bad release"
    return f"{said}nothing is shown yet ({effects or 'no data'}){_outlook(outcome, moment.window_seconds)}"


def _caution(lead: MetricOutcome | None) -> str:
    """Say by what the evidence was made more cautious before anything was compared; nothing where the default held."""
    told = lead.noise if lead else None
    if told is None or told.prior == PRIOR:
        return ""
    by = [f"{told.replicas} replicas"] if told.replica_windows else []
    by += [f"{told.history_windows} windows beside the revision before"] if told.history_windows else []
    return f"; noise between the arms was expected (variance {number(told.variance)}, told by {' and '.join(by)})"


def _effect(one: MetricOutcome) -> str:
    low, high = finite(one.found.finding.effect_low), finite(one.found.finding.effect_high)
    name = f"1 - {one.found.metric}" if one.found.is_complement else one.found.metric
    if one.found.levels == (0.0, 0.0):
        return f"{name} 0 in both"
    if high is None and not low:
        return f"{name} unknown"
    return f"{name} {number(low or 0.0)} to {'any' if high is None else number(high)} times"


def _outlook(outcome: Outcome, window_seconds: float) -> str:
    lead = outcome.lead
    if lead is None:
        return ""
    least, more = finite(lead.reach.least_ratio), finite(lead.reach.windows_to_relevant)
    could = f"; {number(least)} times would have been seen" if least is not None else ""
    return could + (f"; what matters takes {duration(more * window_seconds)} more" if more is not None else "")
