"""
The story so far, folded from the topics: what the live view shows and the closing report measures.

Times are the events' own. The story is told by records alone, so a service that is killed and restarted leaves no hole in it.
"""

from typing import Any

from rollguard_console.demo.load_ledger import Second
from rollguard_schemas.decisions import RollbackDecided, Withheld
from rollguard_schemas.outcomes import ActionApplied, Outcome
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import BreachForecast, Regression, Signal


class Line:
    """One line of the road: when, which service spoke, what it said."""

    def __init__(self, at_unix_seconds: float, speaker: str, text: str) -> None:
        self.at_unix_seconds, self.speaker, self.text = at_unix_seconds, speaker, text


class Story:
    """Everything that was said about one workload, each event once however often it was delivered; and what its users got."""

    def __init__(self, workload: str) -> None:
        self.workload = workload
        self.seconds: list[Second] = []
        self.signals: list[Signal] = []
        self.decisions: list[RollbackDecided] = []
        self.withheld: list[Withheld] = []
        self.outcomes: list[Outcome] = []
        self.rollouts: list[Rollout] = []
        self.lines: list[Line] = []
        self._seen: set[str] = set()

    def tell(self, event: Any) -> None:
        """Add an event; another workload's, and a duplicate, changes nothing."""
        if event is not None and event.workload == self.workload and event.id not in self._seen:
            self._seen.add(event.id)
            self._add(event)

    def serving(self) -> str | None:
        """Return the revision that answered users last."""
        return next((second.revision for second in reversed(self.seconds) if second.revision), None)

    def latency_p95_seconds(self) -> float:
        """Return what users got last; 0 before the first answer."""
        return next((second.latency_p95_seconds for second in reversed(self.seconds) if second.latency_p95_seconds), 0.0)

    def _add(self, event: Any) -> None:
        at_unix_seconds: float = event.time_unix_seconds
        chapters: tuple[tuple[type, list[Any], str], ...] = (
            (Rollout, self.rollouts, "watcher"),
            (Signal, self.signals, "detector"),
            (RollbackDecided, self.decisions, "decider"),
            (Withheld, self.withheld, "decider"),
            (Outcome, self.outcomes, "actuator"),
        )
        for kind, chapter, speaker in chapters:
            if isinstance(event, kind):
                chapter.append(event)
                if text := describe(event):
                    self.lines.append(Line(at_unix_seconds, speaker, text))

    def decided_against(self, revision: str) -> list[RollbackDecided]:
        """Return the decisions to take a revision back."""
        return [decision for decision in self.decisions if decision.suspect_revision == revision]

    def forecast_of(self, revision: str) -> BreachForecast | None:
        """Return the first forecast of a breach by a revision."""
        return next((s for s in self.signals if isinstance(s, BreachForecast) and s.revision == revision), None)

    def compared(self, revision: str) -> Regression | None:
        """Return what comparison said of a revision: the first verdict there was, else what was said last."""
        said = [s for s in self.signals if isinstance(s, Regression) and s.revision == revision]
        return next((one for one in said if one.verdict != "inconclusive"), said[-1] if said else None)

    def end_of(self, decision: RollbackDecided) -> Outcome | None:
        """Return the end of a decision, if it has come."""
        return next((o for o in self.outcomes if o.decision_id == decision.id and not isinstance(o, ActionApplied)), None)

    def unanswered(self) -> set[str]:
        """Return the ids of the signals that no decision has answered yet."""
        answered = {signal_id for decision in (*self.decisions, *self.withheld) for signal_id in decision.signal_ids}
        return {signal.id for signal in self.signals} - answered

    def applied(self) -> list[ActionApplied]:
        """Return every change that was made."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, ActionApplied)]


def describe(event: Any) -> str | None:
    """Say an event in one line; None for what is not worth one."""
    if isinstance(event, Rollout):
        name = type(event).__name__.removeprefix("Rollout").lower()
        return f"rollout {name}: {event.from_revision or 'nothing'} → {event.to_revision}"
    if isinstance(event, Signal):
        return f"{_spaced(event)}: {event.evidence.summary}"
    if isinstance(event, RollbackDecided):
        return f"rollback decided ({event.mode}): {event.suspect_revision} → {event.target_revision}. {event.explanation.summary}"
    if isinstance(event, Withheld):
        return None if event.reason == "informational" else f"withheld ({event.reason}): {event.explanation.summary}"
    if isinstance(event, Outcome):
        return f"{_spaced(event)}: {event.summary}"
    return None


def _spaced(event: object) -> str:
    name = type(event).__name__
    return "".join(f" {letter.lower()}" if letter.isupper() and i else letter.lower() for i, letter in enumerate(name))
