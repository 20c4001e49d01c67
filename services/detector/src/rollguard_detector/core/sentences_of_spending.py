"""
What an error budget's step says to a person at 3 a.m.: which share is bad, how long it would last at this pace, and whose it is.
"""

from rollguard_detector.core.sentences import duration, number
from rollguard_detector.core.spending import SpendingStep

_DAY_SECONDS = 86_400.0


def of_step(step: SpendingStep) -> str:
    """Say the step in a sentence."""
    return _end(step) if step.said.saying == "ObjectiveRecovered" else _beginning(step)


def _beginning(step: SpendingStep) -> str:
    long, lasts = step.long, step.lasts_seconds.p50
    gone = "" if lasts is None else f"; a whole budget would be gone in {duration(lasts)}"
    return (
        f"{step.objective.metric}: {_share(long.bad / long.events)} of {number(long.events)} events were bad in the last "
        f"{duration(60.0 * step.pair.long)}, {_in_the_short_window(step)}: {number(long.rate)} times the pace that "
        f"{_allowed(step)} allows{gone}{_whose(step)}"
    )


def _end(step: SpendingStep) -> str:
    short = step.short
    return (
        f"{step.objective.metric}: {_in_the_short_window(step)}, {number(short.rate)} times the pace that {_allowed(step)} allows"
    )


def _in_the_short_window(step: SpendingStep) -> str:
    return f"{_share(step.short.bad / step.short.events)} in the last {step.pair.short} min"


def _allowed(step: SpendingStep) -> str:
    return f"{_share(step.budget_share)} over {step.window_seconds / _DAY_SECONDS:g} days"


def _whose(step: SpendingStep) -> str:
    revision, long = step.worst_revision, step.long
    if revision is None or len(long.by_revision) < 2:
        return ""
    return f"; {_share(long.by_revision[revision][0] / long.bad)} of the bad events are of {revision}"


def _share(share: float) -> str:
    return f"{100.0 * share:.3g} %"
