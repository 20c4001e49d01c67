"""
From samples that arrive at different instants to vectors: one a tick of event time.

A tick is as long as the median interval between the samples of a channel, and closes half a tick after its end, when a later sample
says so. What comes for a closed tick is late, and counted. Several samples of a channel in one tick make one of the same variance
(sum over root of count); a channel that was not heard is missing, never zero. Which vectors close depends on the samples and
their order alone, never on how many come in one call; an order that is off by less than half a tick changes nothing either.
"""

from collections import deque
from collections.abc import Mapping
from math import floor, inf, sqrt
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_INTERVALS = 31
_LATENESS_SHARE = 0.5
_REVIEWED_EVERY = 256
_CHANGED_BY = 1.5


class Vector(NamedTuple):
    """The channels that were heard in one tick, by name in order, at the tick's end."""

    at_seconds: float
    values: Mapping[str, float]


class Ticks:
    """The ticks that are open, and the interval that was learned."""

    def __init__(self) -> None:
        self._tick_seconds = 0.0  # unknown
        self._next = 0  # the first tick that is not closed
        self._newest = -inf
        self._closed = 0
        self._heard_at: dict[str, float] = {}
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)
        self._open: dict[int, dict[str, tuple[float, int]]] = {}
        self.late = 0

    @property
    def tick_seconds(self) -> float | None:
        """How long a tick is; None while too few intervals were seen."""
        return self._tick_seconds or None

    def add(self, name: str, value: float, at_seconds: float) -> list[Vector]:
        """Take a sample in; return the vectors of the ticks that it closes."""
        self._learn_interval(name, at_seconds)
        self._newest = max(self._newest, at_seconds)
        if not self._tick_seconds and not self._settle():
            return []
        tick = floor(at_seconds / self._tick_seconds)
        if tick < self._next:
            self.late += 1
            return []
        total, count = self._open.setdefault(tick, {}).get(name, (0.0, 0))
        self._open[tick][name] = (total + value, count + 1)
        return self._close(self._newest - _LATENESS_SHARE * self._tick_seconds)

    def forget(self, name: str) -> None:
        """Drop what is kept of a channel outside of the open ticks."""
        self._heard_at.pop(name, None)

    def _learn_interval(self, name: str, at_seconds: float) -> None:
        before = self._heard_at.get(name, -inf)
        if at_seconds > before:
            self._heard_at[name] = at_seconds
            if before > -inf:
                self._intervals.append(at_seconds - before)

    def _settle(self) -> bool:
        """Fix the length of a tick once enough intervals were seen, to two digits so that jitter does not show."""
        if len(self._intervals) < _INTERVALS:
            return False
        self._tick_seconds = float(f"{median(self._intervals):.2g}")
        self._next = max(self._next, floor(self._newest / self._tick_seconds))
        return True

    def _close(self, until_seconds: float) -> list[Vector]:
        last = floor(until_seconds / self._tick_seconds)
        if last <= self._next:
            return []
        self._next = last
        closed = [self._vector(tick) for tick in sorted(self._open) if tick < last]
        self._closed += len(closed)
        if self._closed >= _REVIEWED_EVERY:
            self._closed = 0
            closed += self._review()
        return closed

    def _vector(self, tick: int) -> Vector:
        samples = sorted(self._open.pop(tick).items())
        values = {name: total / sqrt(count) for name, (total, count) in samples}
        return Vector((tick + 1) * self._tick_seconds, values)

    def _review(self) -> list[Vector]:
        """Take another length of tick where producers changed their interval; ticks that are open are closed for it."""
        ratio = median(self._intervals) / self._tick_seconds
        if 1.0 / _CHANGED_BY < ratio < _CHANGED_BY:
            return []
        closed = [self._vector(tick) for tick in sorted(self._open)]
        self._next = 0
        self._settle()
        self._next += 1  # the tick that is under way was begun by another clock
        return closed

    def export(self) -> Mapping[str, NDArray[Any]]:
        """Return a copy of all that is known."""
        samples = [(tick, name, total, count) for tick, heard in self._open.items() for name, (total, count) in heard.items()]
        return {
            "numbers": np.array([self._tick_seconds, self._newest], dtype=np.float64),
            "counts": np.array([self._next, self._closed, self.late], dtype=np.int64),
            "intervals": np.array(self._intervals, dtype=np.float64),
            "heard": np.array(list(self._heard_at), dtype=np.str_),
            "heard_at": np.array(list(self._heard_at.values()), dtype=np.float64),
            "open_names": np.array([name for _, name, _, _ in samples], dtype=np.str_),
            "open_totals": np.array([total for _, _, total, _ in samples], dtype=np.float64),
            "open_counts": np.array([(tick, count) for tick, _, _, count in samples], dtype=np.int64).reshape(-1, 2),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self._tick_seconds, self._newest = state["numbers"].tolist()
        self._next, self._closed, self.late = state["counts"].tolist()
        self._intervals = deque(state["intervals"].tolist(), maxlen=_INTERVALS)
        self._heard_at = dict(zip(state["heard"].tolist(), state["heard_at"].tolist(), strict=True))
        rows = zip(state["open_names"].tolist(), state["open_totals"].tolist(), state["open_counts"].tolist(), strict=True)
        self._open = {}
        for name, total, (tick, count) in rows:
            self._open.setdefault(tick, {})[name] = (total, count)
