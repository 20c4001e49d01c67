"""
The incidents of one workload: one cause, one incident, however many series it moves.

The rule: what departs while an incident is open joins it, and the incident ends when its last part is back, adopted, or of a
revision that no longer serves. An opening is said once, and again only when it got worse; TRANSITIONS is what may follow what, and
a move that it does not list raises and changes nothing. Silence ends nothing: no data is not a recovery.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from rollguard_schemas.ids import derive_id
from rollguard_schemas.signals import AnomalyKind, Severity, Side

State = Literal["calm", "open"]
Move = Literal["begin", "join", "worsen", "part", "end"]
Saying = Literal["AnomalyOpened", "AnomalyCleared"]

TRANSITIONS: dict[tuple[State, Move], tuple[State, Saying | None]] = {
    ("calm", "begin"): ("open", "AnomalyOpened"),
    ("open", "join"): ("open", None),
    ("open", "worsen"): ("open", "AnomalyOpened"),
    ("open", "part"): ("open", None),
    ("open", "end"): ("calm", "AnomalyCleared"),
}

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")
_MEDIUM_DEVIATIONS, _HIGH_DEVIATIONS = 5.0, 8.0


class IllegalMove(ValueError):
    """The table has no such step."""


class Part(msgspec.Struct, frozen=True):
    """How one series takes part: what was expected when it departed, and how far it went."""

    series: str
    metric: str
    revision: str | None
    unit: str
    kind: AnomalyKind
    side: Side
    opened_at: float
    observed: float
    expected: float
    expected_low: float
    expected_high: float
    deviations: float
    evidence: float  # against "nothing happened"; 1 over it bounds the tail probability (Ville)
    samples: int

    @property
    def severity(self) -> Severity:
        """How bad it is by its size; what has no size (silence, a stuck value) is of low severity."""
        return "high" if self.deviations >= _HIGH_DEVIATIONS else "medium" if self.deviations >= _MEDIUM_DEVIATIONS else "low"


class Told(msgspec.Struct, frozen=True):
    """What one step says: of which incident, with which parts, the one that weighs most first."""

    saying: Saying
    incident: str
    opened_at: float
    severity: Severity
    parts: tuple[Part, ...]
    is_adopted: bool = False


class OpenIncident(msgspec.Struct, frozen=True, array_like=True):
    """An incident that is open, to be kept over a restart; parts by position, since rows are of one process only."""

    id: str
    opened_at: float
    severity: Severity
    parts: dict[int, Part]


class WorkloadIncidents:
    """The open incident of one workload, if there is one."""

    def __init__(self, workload: str) -> None:
        self._workload = workload
        self._parts: dict[int, Part] = {}
        self._id = ""
        self._opened_at = 0.0
        self._severity: Severity = "low"

    @property
    def state(self) -> State:
        """Whether an incident is open."""
        return "open" if self._id else "calm"

    @property
    def rows(self) -> Iterable[int]:
        """The rows of the series that take part."""
        return self._parts

    def kept(self) -> OpenIncident | None:
        """Return the open incident with its parts by row."""
        return OpenIncident(self._id, self._opened_at, self._severity, dict(self._parts)) if self._id else None

    def resume(self, incident: OpenIncident) -> None:
        """Go on with an open incident whose parts stand under the rows of this process."""
        self._id, self._opened_at, self._severity = incident.id, incident.opened_at, incident.severity
        self._parts = dict(incident.parts)

    def depart(self, row: int, part: Part, at_seconds: float) -> Told | None:
        """Let a series take part; return what is to be said of it."""
        worse = SEVERITIES.index(part.severity) > SEVERITIES.index(self._severity)
        move: Move = "begin" if not self._id else "worsen" if worse else "join"
        state, saying = self._step(move)
        if state == "open" and not self._id:
            self._id = derive_id("incident", self._workload, part.series, part.revision or "", at_seconds)
            self._opened_at = at_seconds
        self._parts[row] = part
        self._severity = max(part.severity, self._severity if move != "begin" else "low", key=SEVERITIES.index)
        return self._told(saying) if saying else None

    def leave(self, row: int, part: Part, *, is_adopted: bool) -> Told | None:
        """Let a series go that is back or adopted, as it stands now; the last one ends the incident."""
        if row not in self._parts:
            return None  # it joined under a revision that serves no longer
        return self._let_go([row], part, is_adopted=is_adopted)

    def serve(self, revision: str) -> Told | None:
        """Let go what belongs to other revisions: nobody is hurt by them any more."""
        gone = [row for row, part in self._parts.items() if part.revision not in (None, revision)]
        return self._let_go(gone, self._parts[gone[0]], is_adopted=False) if gone else None

    def _let_go(self, rows: list[int], last: Part, *, is_adopted: bool) -> Told | None:
        move: Move = "end" if len(rows) == len(self._parts) else "part"
        _, saying = self._step(move)
        for row in rows:
            del self._parts[row]
        if saying is None:
            return None
        told = Told(saying, self._id, self._opened_at, self._severity, (last,), is_adopted)
        self._id = ""
        return told

    def _step(self, move: Move) -> tuple[State, Saying | None]:
        step = TRANSITIONS.get((self.state, move))
        if step is None:
            raise IllegalMove(f"an incident that is {self.state!r} cannot {move!r}")
        return step

    def _told(self, saying: Saying) -> Told:
        heaviest = tuple(sorted(self._parts.values(), key=lambda part: -part.deviations))
        return Told(saying, self._id, self._opened_at, self._severity, heaviest)
