"""
How fast is an error budget spent? Bad and all events by the minute, for as long as the longest window that is asked about.

The windows are those of the Google SRE Workbook, chapter 5: a long one to be sure, and a short one to end when it is over. Events
count for the revision that served them, since a canary's bad ones are everybody's budget. Where nothing was asked of the service,
no rate is known.
"""

from collections import deque
from collections.abc import Iterable
from math import floor
from typing import NamedTuple

_MINUTE = 60.0
Revision = str | None
Tally = dict[Revision, list[float]]  # bad and all
MinuteKept = tuple[int, Revision, float, float]  # minute, revision, bad, all


class Pair(NamedTuple):
    """Two windows in minutes."""

    long: int
    short: int


PAGE = Pair(60, 5)
TICKET = Pair(360, 30)
_WINDOWS = (*PAGE, *TICKET)
_KEPT = max(_WINDOWS)


class Spent(NamedTuple):
    """What a window saw: how many times as fast as allowed the budget was spent, and by whom."""

    rate: float
    bad: float
    events: float
    by_revision: dict[Revision, tuple[float, float]]


class BurnRate:
    """Bad and all events of one objective whose target is a share of good ones, such as 0.999."""

    def __init__(self, target_share: float) -> None:
        if not 0.0 < target_share < 1.0:
            raise ValueError(f"a target share lies between 0 and 1, not {target_share}")
        self.budget_share = 1.0 - target_share
        self._minutes: deque[tuple[int, Tally]] = deque()
        self._closed: dict[int, Tally] = {}  # by window, without the last minute: a point then costs no sum over hours

    @property
    def minutes_known(self) -> int:
        """How many minutes lie between the first event that is kept and the last."""
        return self._minutes[-1][0] - self._minutes[0][0] + 1 if self._minutes else 0

    def learn(self, at_seconds: float, bad: float, events: float, revision: Revision = None) -> None:
        """Take counts in; those of an earlier minute than the last count for the last."""
        minute, kept = floor(at_seconds / _MINUTE), self._minutes
        if not kept or minute > kept[-1][0]:
            while kept and kept[0][0] <= minute - _KEPT:
                kept.popleft()
            self._closed = {window: self._summed(minute - window) for window in _WINDOWS}
            kept.append((minute, {}))
        _add(kept[-1][1], revision, bad, events)

    def spent(self, minutes: int) -> Spent | None:
        """Return what one of the windows saw; None where nothing was asked in it."""
        if not self._minutes:
            return None
        tally = {revision: list(counts) for revision, counts in self._closed[minutes].items()}
        for revision, (bad, events) in self._minutes[-1][1].items():
            _add(tally, revision, bad, events)
        bad, events = (sum(counts[index] for counts in tally.values()) for index in (0, 1))
        if events <= 0.0:
            return None
        return Spent(bad / events / self.budget_share, bad, events, {one: (counts[0], counts[1]) for one, counts in tally.items()})

    def rate(self, minutes: int) -> float | None:
        """Return how many times as fast as allowed the budget is spent in one of the windows; None where nothing was asked."""
        spent = self.spent(minutes)
        return None if spent is None else spent.rate

    def burns(self, pair: Pair, factor: float) -> bool:
        """Whether both windows of a pair are beyond a factor; a history shorter than the short one is too short to tell."""
        if self.minutes_known < pair.short:
            return False
        return all(rate is not None and rate > factor for rate in (self.rate(pair.long), self.rate(pair.short)))

    def kept(self) -> tuple[MinuteKept, ...]:
        """Return all that is known, to be put back by ``resume``."""
        return tuple((minute, revision, *counts) for minute, tally in self._minutes for revision, counts in tally.items())  # type: ignore[misc]  # counts are two

    def resume(self, kept: Iterable[MinuteKept]) -> None:
        """Put back what ``kept`` took."""
        self._minutes.clear()
        for minute, revision, bad, events in kept:
            self.learn(minute * _MINUTE, bad, events, revision)

    def _summed(self, after_minute: int) -> Tally:
        tally: Tally = {}
        for minute, counted in self._minutes:
            if minute > after_minute:
                for revision, (bad, events) in counted.items():
                    _add(tally, revision, bad, events)
        return tally


def _add(tally: Tally, revision: Revision, bad: float, events: float) -> None:
    counts = tally.setdefault(revision, [0.0, 0.0])
    counts[0] += bad
    counts[1] += events
