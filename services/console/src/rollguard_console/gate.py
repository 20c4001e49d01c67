"""
May a candidate be promoted? One verdict from what was said of it: decisions against it, open breaches, comparison with a control.

The rule: only evidence against the candidate closes the gate, and only evidence for it opens it. Nothing said, or an incident that
hit the control as well, is inconclusive, and a pipeline should wait rather than guess.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from rollguard_schemas.commands import Quarantine, Release, Veto
from rollguard_schemas.decisions import RollbackDecided
from rollguard_schemas.signals import ObjectiveBreached, ObjectiveRecovered, Regression

Verdict = Literal["healthy", "degraded", "inconclusive"]
_NOT_ITS_FAULT = ("global", "upstream", "segment")


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one candidate, why, and the comparison that was said last."""

    workload: str
    candidate: str
    verdict: Verdict
    because: tuple[str, ...]
    would_change: str
    regression: Regression | None = None

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        return f"{self.workload} {self.candidate}: {self.verdict}: {'; '.join(self.because)}"


def passage(workload: str, candidate: str, events: Iterable[Any], now: float) -> Passage:
    """Judge a candidate by all that was said of its workload, in the order of time."""
    own = [event for event in events if event.workload == workload]
    compared = max(_comparisons(own, candidate), key=lambda one: one.time_unix_seconds, default=None)
    against = [*_quarantines(own, candidate, now), *_decisions(own, candidate), *_open_breaches(own, candidate)]
    verdict, because, would_change = _by_comparison(compared)
    if against:
        verdict = "degraded"
        because, would_change = against + ([because] if compared else []), "another candidate"
    return Passage(
        workload=workload,
        candidate=candidate,
        verdict=verdict,
        because=tuple(because) if isinstance(because, list) else (because,),
        would_change=would_change,
        regression=compared,
    )


def _by_comparison(compared: Regression | None) -> tuple[Verdict, Any, str]:
    if compared is None:
        return "inconclusive", "nothing was compared yet", "traffic on it beside its control, compared by actOn.regression"
    control = f"revision {compared.control_revision}" if compared.control_revision else "no control"
    told = f"comparison with {control} over {compared.windows} windows: {compared.evidence.summary}"
    if compared.verdict == "degraded" and compared.attribution in _NOT_ITS_FAULT:
        return "inconclusive", f"{told}; the cause is {compared.attribution}, not the candidate", "the end of the incident"
    change = {
        "healthy": "nothing",
        "degraded": "another candidate",
        "inconclusive": f"more traffic: {compared.candidate_samples} samples of it, {compared.control_samples} of the control",
    }
    return compared.verdict, told, change[compared.verdict]


def _comparisons(events: Sequence[Any], candidate: str) -> Iterator[Regression]:
    return (event for event in events if isinstance(event, Regression) and event.revision == candidate)


def _decisions(events: Sequence[Any], candidate: str) -> list[str]:
    vetoed = {event.decision_id for event in events if isinstance(event, Veto)}
    found = [event for event in events if isinstance(event, RollbackDecided) and event.suspect_revision == candidate]
    return [f"{event.id} takes it back: {event.explanation.summary}" for event in found if event.id not in vetoed][:1]


def _open_breaches(events: Sequence[Any], candidate: str) -> list[str]:
    ended = {event.episode for event in events if isinstance(event, ObjectiveRecovered)}
    found = [event for event in events if isinstance(event, ObjectiveBreached) and event.revision == candidate]
    latest = {event.objective: event for event in found if event.episode not in ended}
    return [f"{name} is breached: {event.value:g}, {event.direction} {event.bound:g}" for name, event in latest.items()]


def _quarantines(events: Sequence[Any], candidate: str, now: float) -> list[str]:
    held: Quarantine | None = None
    for event in events:
        if isinstance(event, Quarantine | Release) and event.revision == candidate:
            held = event if isinstance(event, Quarantine) else None
    if held is None or (held.until_unix_seconds is not None and now >= held.until_unix_seconds):
        return []
    return [f"it is quarantined by {held.owner or held.by}: {held.why}"]
