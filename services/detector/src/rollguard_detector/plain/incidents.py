"""
Which incident a row belongs to: opened by a score that is worth an alarm, raised by a higher one, closed when it has lasted.

How long an incident lasts is the judgement's to say, so that what is told here and what the score merges are the same.
"""

from typing import NamedTuple

ALARM_SCORE = 0.5


class Standing(NamedTuple):
    """A row's place in its incident; `closed` is said once, by the first row after the end."""

    number: int
    state: str  # open, peak (goes beyond what the incident showed before) or closed
    since_seconds: float
    peak_seconds: float
    peak_score: float


class Incidents:
    """The incidents of one stream, in order."""

    __slots__ = ("_number", "_open", "_peak", "_peak_at", "_since")

    def __init__(self) -> None:
        self._number = 0
        self._open = False
        self._since = self._peak_at = self._peak = 0.0

    def place(self, at_seconds: float, score: float, *, lasts: bool) -> Standing | None:
        """Return where the row stands, None outside of every incident; `lasts` is the judgement's word after this row."""
        if score >= ALARM_SCORE and not (self._open and score > self._peak):
            self._number += 1
            self._open, self._since, self._peak_at, self._peak = True, at_seconds, at_seconds, score
            return self._standing("open")
        if not self._open:
            return None
        if score > self._peak:
            self._peak_at, self._peak = at_seconds, score
            return self._standing("peak")
        self._open = lasts
        return self._standing("open" if lasts else "closed")

    def _standing(self, state: str) -> Standing:
        return Standing(self._number, state, self._since, self._peak_at, self._peak)
