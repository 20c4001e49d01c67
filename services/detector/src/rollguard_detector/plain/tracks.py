"""
What a picture needs of a stream, remembered while the rows go by: eight bytes a number, whatever draws it later.
"""

from array import array
from math import inf, nan
from typing import NamedTuple


class Span(NamedTuple):
    """From when to when something was the case, in epoch seconds."""

    start_seconds: float
    end_seconds: float
    said: str


class Track:
    """One stream's times, values, band and answers (scores or probabilities), and the spans to be marked."""

    def __init__(self, stream: str, bound: float | None = None) -> None:
        self.stream = stream
        self.bound = bound
        self.times = array("d")
        self.values = array("d")
        self.lows = array("d")
        self.highs = array("d")
        self.answers = array("d")
        self.spans: list[Span] = []
        self._marking = False
        self.highest = -inf

    def add(self, at_seconds: float, value: float, answer: float, band: tuple[float, float] | None = None) -> None:
        """Remember one row; the band is (low, high)."""
        low, high = band or (nan, nan)
        self.times.append(at_seconds)
        self.values.append(value)
        self.lows.append(low)
        self.highs.append(high)
        self.answers.append(answer)
        self.highest = max(self.highest, answer)

    def mark(self, said: str | None) -> None:
        """Say that the last row belongs to a span (the text may grow with it; a new text opens none), or to none."""
        at = self.times[-1]
        if said is None:
            self._marking = False
        elif self._marking:
            self.spans[-1] = Span(self.spans[-1].start_seconds, at, said)
        else:
            self._marking = True
            self.spans.append(Span(at, at, said))

    def cut(self) -> None:
        """End the span that is marked, so that the next mark opens another."""
        self._marking = False
