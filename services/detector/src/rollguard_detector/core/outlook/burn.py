"""
How fast is an error budget spent? Two pairs of windows: a long one to be sure, and a short one to end when it is over.

The pairs and factors are those of the Google SRE Workbook, chapter 5: 2 % of a month's budget in an hour, 5 % in six hours. Counts
are kept by the minute; where nothing was asked of the service, no rate is known.
"""

from collections import deque
from math import floor
from typing import NamedTuple

_MINUTE = 60.0


class Pair(NamedTuple):
    """Two windows in minutes, and the burn rate that both must exceed."""

    long: int
    short: int
    factor: float


FAST = Pair(60, 5, 14.4)
SLOW = Pair(360, 30, 6.0)
_KEPT = SLOW.long


class BurnRate:
    """Bad and all events of one objective whose target is a share of good ones, such as 0.999."""

    def __init__(self, target_share: float) -> None:
        if not 0.0 < target_share < 1.0:
            raise ValueError(f"a target share lies between 0 and 1, not {target_share}")
        self._budget = 1.0 - target_share
        self._minutes: deque[tuple[int, float, float]] = deque()

    def learn(self, at_seconds: float, bad: float, all_events: float) -> None:
        """Take counts in; those of an earlier minute than the last count for the last."""
        minute, kept = floor(at_seconds / _MINUTE), self._minutes
        if kept and minute <= kept[-1][0]:
            last, was_bad, was_all = kept[-1]
            kept[-1] = (last, was_bad + bad, was_all + all_events)
            return
        kept.append((minute, bad, all_events))
        while kept[0][0] <= minute - _KEPT:
            kept.popleft()

    def rate(self, minutes: int) -> float | None:
        """Return how many times as fast as allowed the budget is spent in the last minutes; None where nothing was asked."""
        if not self._minutes:
            return None
        since = self._minutes[-1][0] - minutes
        counted = [(bad, every) for minute, bad, every in self._minutes if minute > since]
        every = sum(one for _, one in counted)
        return sum(bad for bad, _ in counted) / every / self._budget if every > 0.0 else None

    def burns(self, pair: Pair) -> bool:
        """Whether both windows of a pair are beyond its factor."""
        rates = (self.rate(pair.long), self.rate(pair.short))
        return all(rate is not None and rate > pair.factor for rate in rates)
