"""
The figures behind a signal, a line each: what a forecast expects and when, what a comparison saw of each metric and on how much.
"""

from collections.abc import Callable, Iterator
from typing import Any

from rollguard_console.sentences import seconds
from rollguard_schemas.signals import BreachForecast, Compared, Regression, Signal


def details_of(signal: Signal) -> Iterator[str]:
    """Yield the lines; nothing for a signal that has said it all."""
    rule = _DETAILS.get(type(signal))
    if rule is not None:
        yield from rule(signal)


def _forecast(signal: BreachForecast) -> Iterator[str]:
    when = signal.time_to_breach_seconds
    spans = (("1 in 10", when.p10), ("1 in 2", when.p50), ("9 in 10", when.p90))
    yield "  breached within: " + ", ".join(f"{seconds(value)} ({chance})" for chance, value in spans)


def _regression(signal: Regression) -> Iterator[str]:
    control = f"revision {signal.control_revision}" if signal.control_revision else "no control"
    yield f"  against {control} ({signal.control}), {signal.windows} windows, cause {signal.attribution}"
    yield f"  log e-value {signal.log_e_value:.3g}, {signal.log_e_needed:.3g} is needed; verdict {signal.verdict}"
    yield f"  samples: {signal.candidate_samples} of the candidate, {signal.control_samples} of the control"
    if signal.segment:
        yield f"  carried by {signal.segment} alone"
    for metric in signal.metrics:
        yield f"  {metric.share_ratio:>4.0%} {metric.metric}: {_compared(metric)}"


def _compared(metric: Compared) -> str:
    low, high = (_times(end) for end in (metric.effect_low, metric.effect_high))
    told = f"{metric.verdict}, {low} to {high} times its control, log e {metric.log_e_value:.3g}"
    told += f", {metric.candidate_samples} against {metric.control_samples} samples"
    if metric.seconds_to_relevant_effect is not None:
        told += f"; a relevant effect would show in {seconds(metric.seconds_to_relevant_effect)}"
    return told


def _times(end: float | None) -> str:
    return "any" if end is None else f"{end:.3g}"


_DETAILS: dict[type, Callable[[Any], Iterator[str]]] = {BreachForecast: _forecast, Regression: _regression}
