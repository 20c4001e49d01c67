"""
Each event in one sentence, for listings and for the page that explains a decision.

The numbers come from the event alone: a sentence that computed something of its own would be a second opinion beside the record.
"""

from typing import Any

from rollguard_console.instants import show_instant
from rollguard_schemas import alerts, commands, decisions, outcomes, rollouts, signals
from rollguard_schemas.targets import describe


def sentence(event: Any) -> str:
    """Say what an event says."""
    match event:
        case signals.Signal():
            return _of_signal(event)
        case decisions.Decision():
            return _of_decision(event)
        case outcomes.Outcome():
            return f"{describe(event.target)} {event.suspect_revision} -> {event.target_revision}: {event.summary}"
        case rollouts.Rollout():
            return _of_rollout(event)
        case commands.Command():
            return _of_command(event)
        case alerts.Alert():
            return f"{event.status} ({event.severity}): {event.title}"
    raise TypeError(f"no sentence for {type(event).__name__}")


def seconds(value: float | None) -> str:
    """Write a span in the unit that a person would take."""
    if value is None:
        return "never"
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if value >= 2 * size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} s"


def _of_signal(event: signals.Signal) -> str:
    match event:
        case signals.BreachForecast():
            chance = f"{event.probability:.0%} likely {event.direction} {event.bound:g} within {seconds(event.horizon_seconds)}"
            when = f"most likely in {seconds(event.time_to_breach_seconds.p50)}"
            return f"{event.objective}: {chance}, {when}; {event.metric} is {event.value:g}"
        case signals.ObjectiveBreached():
            return f"{event.objective}: {event.metric} is {event.value:g}, {event.direction} {event.bound:g}"
        case signals.ObjectiveRecovered():
            return f"{event.objective}: {event.metric} is {event.value:g} and holds {event.bound:g} again"
        case signals.AnomalyOpened():
            side = "" if event.direction == "none" else f" {event.direction}"
            return f"{event.metric}, {event.kind}{side} ({event.severity}): {event.evidence.summary}"
        case signals.RevisionServing():
            return f"revision {event.revision} serves; before it {event.previous_revision or 'none'}"
    return event.evidence.summary


def _of_decision(event: decisions.Decision) -> str:
    match event:
        case decisions.RollbackDecided():
            verb = "abort the rollout of" if event.only_in_flight else "roll"
            deed = f"{verb} {describe(event.target)} back from {event.suspect_revision} to {event.target_revision}"
        case decisions.FallbackDecided():
            deed = f"let {event.fallback_revision} answer for {event.suspect_revision}"
        case decisions.ScaleOutDecided():
            deed = f"more replicas of {describe(event.target)}, at most {event.max_replicas}"
        case decisions.CallDecided():
            deed = f"order {event.order} of {describe(event.target)}"
        case decisions.RestartDecided():
            deed = f"restart {describe(event.target)} at {event.suspect_revision}"
        case decisions.HoldDecided():
            deed = f"hold {event.suspect_revision} until {show_instant(event.until_unix_seconds)}"
        case decisions.Withheld():
            return f"no action ({event.reason}): {event.explanation.summary}"
        case _:
            return event.explanation.summary
    return f"{deed} ({event.mode}): {event.explanation.summary}"


def _of_rollout(event: rollouts.Rollout) -> str:
    move = f"{describe(event.target)} {event.from_revision or 'none'} -> {event.to_revision}"
    match event:
        case rollouts.RolloutReverted():
            return f"{move}, taken back by {event.decision_id or 'a person'}"
        case rollouts.RolloutStarted() | rollouts.RolloutProgressed():
            return f"{move}, {event.traffic_ratio:.0%} of the traffic"
    return move


def _of_command(event: commands.Command) -> str:
    until = f"until {show_instant(event.until_unix_seconds)}" if event.until_unix_seconds is not None else ""
    why = f"because {event.why}" if event.why else ""
    return " ".join(part for part in (_subject(event), until, f"by {event.by}", why) if part)


def _subject(event: commands.Command) -> str:
    match event:
        case commands.Approve() | commands.Veto():
            return event.decision_id
        case commands.Quarantine() | commands.Release():
            return f"revision {event.revision}"
        case commands.KillSwitch():
            return "on" if event.engaged else "off"
        case commands.RollBackNow():
            return f"to {event.target_revision or 'the last good revision'}"
        case commands.Mute():
            return event.metric or "all metrics"
    return ""
