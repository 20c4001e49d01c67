"""
The words of an explanation, so that a decision reads the same on the topic, in an alert and on the command line.

Written for the person who is woken by it: what is wrong, how bad, since when, and what was done, in one sentence each.
"""

from collections.abc import Callable
from typing import Any

from rollguard_schemas.signals import (
    AnomalyCleared,
    AnomalyKind,
    AnomalyOpened,
    BreachForecast,
    Drift,
    ObjectiveBreached,
    ObjectiveRecovered,
    Regression,
    RevisionServing,
    Signal,
)

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


def describe_signal(signal: Signal) -> str:
    """Say in one clause what a signal says."""
    clause = _CLAUSES.get(type(signal))
    return clause(signal) if clause else signal.evidence.summary


def number(value: float) -> str:
    """Write a number as short as it stays readable."""
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """Write a duration in the unit that a person would choose."""
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{number(round(seconds / unit, 1))} {name}"
    return f"{number(round(seconds, 1))} s"


_ANOMALIES: dict[AnomalyKind, str] = {
    "level": "left its usual range, {direction}",
    "spike": "shows values never seen before, {direction}",
    "spread": "scatters unusually, {direction}",
    "stuck": "does not change any more",
    "missing": "is not reported any more",
    "relation": "does not go with the other metrics any more",
}


def _breached(signal: ObjectiveBreached) -> str:
    return f"{signal.objective} is {number(signal.value)}, {signal.direction} its bound {number(signal.bound)}"


def _forecast(signal: BreachForecast) -> str:
    return (
        f"{signal.objective} is {number(signal.value)} and will go {signal.direction} {number(signal.bound)} "
        f"with probability {signal.probability:.0%} within {duration(signal.horizon_seconds)}"
    )


def _opened(signal: AnomalyOpened) -> str:
    return f"{signal.metric} {_ANOMALIES[signal.kind].format(direction=signal.direction)}, with {signal.severity} severity"


def _recovered(signal: ObjectiveRecovered) -> str:
    return f"{signal.objective} holds again at {number(signal.value)}"


def _cleared(signal: AnomalyCleared) -> str:
    return f"{signal.metric} " + ("keeps its new level, which was adopted" if signal.adopted else "is back in its range")


def _serving(signal: RevisionServing) -> str:
    return f"telemetry reports revision {signal.revision or 'unknown'}"


def _regression(signal: Regression) -> str:
    low, high = signal.effect_low, signal.effect_high
    worse = f" ({number(low)} to {number(high)} times)" if low is not None and high is not None else ""
    control = f"revision {signal.control_revision}" if signal.control_revision else "no control"
    return f"{signal.metric}{worse} is {signal.verdict} against {control}"


def _drift(signal: Drift) -> str:
    return f"{signal.subject} drift" + (f" in {signal.feature}" if signal.feature else "")


_CLAUSES: dict[type, Callable[[Any], str]] = {
    ObjectiveBreached: _breached,
    BreachForecast: _forecast,
    AnomalyOpened: _opened,
    ObjectiveRecovered: _recovered,
    AnomalyCleared: _cleared,
    RevisionServing: _serving,
    Regression: _regression,
    Drift: _drift,
}
