"""
Evidence in sentences that an SRE reads at 3 a.m.: what is measured, with its unit, what it does, and what follows.

No jargon of the models: whoever is woken up knows the metric and the bound, not the method.
"""

from collections.abc import Mapping

from rollguard_detector.core.incidents import Told
from rollguard_detector.core.objectives import Forecast
from rollguard_detector.core.readings import Reading
from rollguard_schemas.policies import Objective
from rollguard_schemas.signals import AnomalyKind, Side

_SIDES: Mapping[Side, str] = {"up": "above", "down": "below", "none": "off"}
_PLACED = ("level", "spike")
_DEPARTURES: Mapping[AnomalyKind, str] = {
    "level": "{value}, {side} {usual} ({times:.1f} deviations over the last samples)",
    "spike": "{value}, {side} {usual} and unlike anything seen before",
    "spread": "{value} and scatters {times:.1f} times as much as usual",
    "stuck": "{value} and has not moved for longer than ever before",
    "missing": "{value}, and nothing more was heard for longer than ever before",
    "relation": "{value}, which does not go with the other metrics as it used to",
}


def number(value: float, unit: str = "") -> str:
    """Write a value with three digits that matter and its unit."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{text} {unit}" if unit else text


def duration(seconds: float) -> str:
    """Write a span of time in the unit that people would use."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def percent(probability: float) -> str:
    """Write a probability; never a certainty."""
    return "over 99 %" if probability > 0.99 else "under 1 %" if probability < 0.01 else f"{probability:.0%}".replace("%", " %")


def of_forecast(reading: Reading, objective: Objective, forecast: Forecast) -> str:
    """Say what is coming: value, slope, probability, time."""
    unit = objective.unit or reading.unit
    slope = forecast.slope_per_second
    pace = f"{number(abs(slope), unit)}/s" if unit else f"{number(abs(slope))} a second"
    motion = f"{'climbs' if slope > 0 else 'falls'} {pace}" if forecast.has_trend else "holds its level"
    median = forecast.time_to_breach_seconds.p50
    when = "" if median is None else f", most likely in {duration(median)}"
    return (
        f"{reading.series} is {number(reading.value, unit)} and {motion}: {percent(forecast.probability)} likely "
        f"{objective.direction} {number(objective.bound, unit)} within {duration(forecast.horizon_seconds)}{when}"
    )


def of_breach(reading: Reading, objective: Objective, consecutive_samples: int) -> str:
    """Say what is broken."""
    unit = objective.unit or reading.unit
    return (
        f"{reading.series} is {number(reading.value, unit)}, {objective.direction} {number(objective.bound, unit)} "
        f"for {consecutive_samples} samples in a row"
    )


def of_recovery(reading: Reading, objective: Objective, consecutive_samples: int, forecast: Forecast | None) -> str:
    """Say that it holds again."""
    unit = objective.unit or reading.unit
    outlook = (
        ""
        if forecast is None
        else f"; a breach within {duration(forecast.horizon_seconds)} is {percent(forecast.probability)} likely"
    )
    return (
        f"{reading.series} is {number(reading.value, unit)}, not {objective.direction} {number(objective.bound, unit)} "
        f"for {consecutive_samples} samples in a row{outlook}"
    )


def of_incident(told: Told, at_seconds: float) -> str:
    """Say how a workload left its range, or how that ended."""
    part = told.parts[0]
    value = f"{part.series} is {number(part.observed, part.unit)}"
    usual = f"the usual {number(part.expected_low)} to {number(part.expected_high, part.unit)}"
    if told.saying == "AnomalyCleared":
        if told.is_adopted:
            lasted = duration(at_seconds - told.opened_at)
            return f"{value} and has been out of {usual} for {lasted}; it is taken for the new normal"
        return f"{value}, back within {usual}" if part.kind in _PLACED else f"{value}, and behaves as usual again"
    others = len(told.parts) - 1
    rest = f", and {others} more series with it" if others else ""
    return _DEPARTURES[part.kind].format(value=value, usual=usual, side=_SIDES[part.side], times=part.deviations) + rest


def of_revision(revision: str, previous: str | None) -> str:
    """Say which revision serves."""
    return f"telemetry reports revision {revision}" + (f", until now {previous}" if previous else " for the first time")
