"""
How calm is the control by itself? It has most of the requests, so it tells noise from none in a few windows where the candidate
cannot.

A control whose counts vary as counting explains has no noise of its own, and neither, made of the same software on the same
machines, has the candidate. A control that varies more says nothing yet: what it shares with the candidate may be the cause, and
cancels. So a variance is held against only where it is larger than what the control shows.
"""

from collections.abc import Sequence
from copy import copy
from math import log

from rollguard_detector.core.comparison.dispersion import VARIANCES
from rollguard_detector.core.comparison.frozen import FrozenRate

_WILDER = (1.5, 4.0)  # incidents, seasons: larger than any noise between arms
_LEVELS = VARIANCES + _WILDER
_KNOWN = len(VARIANCES)
_CLEARLY = 2.0  # nats


class ControlCalm:
    """The log likelihood of each variance of the control's counts, each window predicted from those before it; in order of time."""

    __slots__ = ("logs", "seen")

    def __init__(self) -> None:
        self.logs = [0.0] * len(_LEVELS)
        self.seen = FrozenRate()

    def copy(self) -> "ControlCalm":
        """Return another with the same state."""
        return copy(self)  # nothing inside is ever changed in place

    def learn(self, n: int, bad: int) -> None:
        """Score a window of the control against those before it, then learn it."""
        if not n:
            return
        if self.seen.n:
            expected = n * self.seen.rate
            young = 1.0 + n / self.seen.n  # the level was learned from so little
            squares = (bad - expected) ** 2 / expected
            widths = [young * (1.0 + expected * level) for level in _LEVELS]
            self.logs = [one - 0.5 * (log(wide) + squares / wide) for one, wide in zip(self.logs, widths, strict=True)]
        self.seen = FrozenRate(self.seen.n + n, self.seen.bad + bad)

    def against(self) -> list[float]:
        """Return, for each of `VARIANCES`, the log likelihood of the best explanation with at least that variance."""
        best, found = max(self.logs[_KNOWN:]), []
        for one in self.logs[_KNOWN - 1 :: -1]:
            best = max(best, one)
            found.append(best)
        return found[::-1]


def variance_by(logs: Sequence[float]) -> float:
    """Return the least variance that explains a control nearly as well as any, from `ControlCalm.logs`."""
    enough = max(logs) - _CLEARLY
    return next(level for level, one in zip(_LEVELS, logs, strict=True) if one >= enough)
