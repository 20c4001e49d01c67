"""
An objective's episode as a state table: what may follow what, and what is said at each step.

The table is the contract with whoever verifies a rollback: an opening is said once, an end only after an opening, and every episode
has at most one end. A move that the table does not list raises and changes nothing.
"""

from typing import Literal

import msgspec

from rollguard_schemas.ids import derive_id

State = Literal["holds", "forecast", "breached"]
Move = Literal["foresee", "repeat", "breach", "recover"]
Saying = Literal["BreachForecast", "ObjectiveBreached", "ObjectiveRecovered"]

REPEAT_SECONDS = 30.0

TRANSITIONS: dict[tuple[State, Move], tuple[State, Saying]] = {
    ("holds", "foresee"): ("forecast", "BreachForecast"),
    ("holds", "breach"): ("breached", "ObjectiveBreached"),
    ("forecast", "repeat"): ("forecast", "BreachForecast"),
    ("forecast", "breach"): ("breached", "ObjectiveBreached"),
    ("forecast", "recover"): ("holds", "ObjectiveRecovered"),
    ("breached", "recover"): ("holds", "ObjectiveRecovered"),
}


class IllegalMove(ValueError):
    """The table has no such step."""


class Said(msgspec.Struct, frozen=True):
    """What one step says, in which episode."""

    saying: Saying
    episode: str


class OpenEpisode(msgspec.Struct, frozen=True, array_like=True):
    """An episode that is open, to be kept over a restart."""

    state: State
    id: str
    said_at: float


class Episode:
    """The state of one (workload, objective)."""

    __slots__ = ("_objective", "_said_at", "_workload", "id", "state")

    def __init__(self, workload: str, objective: str) -> None:
        self._workload, self._objective = workload, objective
        self.state: State = "holds"
        self.id: str | None = None
        self._said_at = 0.0

    def kept(self) -> OpenEpisode | None:
        """Return the open episode."""
        return OpenEpisode(self.state, self.id, self._said_at) if self.id else None

    def resume(self, episode: OpenEpisode) -> None:
        """Go on with an open episode."""
        self.state, self.id, self._said_at = episode.state, episode.id, episode.said_at

    def is_due(self, at_seconds: float) -> bool:
        """Whether an open forecast is to be repeated."""
        return self.state == "forecast" and at_seconds - self._said_at >= REPEAT_SECONDS

    def move(self, move: Move, at_seconds: float) -> Said:
        """
        Take a step; the first one of an episode names it.

        Raises:

            IllegalMove: if the table has no such step.
        """
        step = TRANSITIONS.get((self.state, move))
        if step is None:
            raise IllegalMove(f"an objective that {self.state!r} cannot {move!r}")
        episode = self.id or derive_id("episode", self._workload, self._objective, at_seconds)
        state, saying = step
        self.state, self._said_at = state, at_seconds
        self.id = None if state == "holds" else episode
        return Said(saying, episode)
