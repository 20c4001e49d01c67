"""
Which forecasts learn together: those of one metric of one workload.

A pool is of one workload, so that it lies in one partition with it and moves to another process with it; its clock is the event
time of its own samples. What matured within a tick is learned when the pool's own samples enter the next one, at the same place of
the log whatever was polled together: hence the phases.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rollguard_detector.core.banks.bank import Floats, Rows
from rollguard_detector.core.banks.outlooks.pools import Counts
from rollguard_detector.core.outlook.pool import TICK_SECONDS
from rollguard_detector.core.rounds import in_order

PoolName = tuple[str, str]  # workload and metric


class Phase(NamedTuple):
    """A stretch of a poll in which no pool learns: its places, and before it the pools that do, with the time that they enter."""

    places: Rows
    pools: Rows
    at_seconds: Floats


class Pools:
    """The pools by name, each with a number as long as a track learns in it."""

    def __init__(self) -> None:
        self._numbers: dict[PoolName, int] = {}
        self._users: Counter[int] = Counter()
        self._free: list[int] = []

    def take(self, name: PoolName) -> tuple[int, bool]:
        """Return the number of a pool for one more track, and whether the pool is new."""
        is_new = name not in self._numbers
        if is_new:
            self._numbers[name] = self._free.pop() if self._free else len(self._numbers)
        number = self._numbers[name]
        self._users[number] += 1
        return number, is_new

    def give_back(self, name: PoolName) -> None:
        """Let one track go; the last one takes the pool with it."""
        number = self._numbers[name]
        self._users[number] -= 1
        if not self._users[number]:
            del self._users[number], self._numbers[name]
            self._free.append(number)

    def of(self, workload: str) -> dict[str, int]:
        """Return the numbers of a workload's pools by metric."""
        return {metric: number for (name, metric), number in self._numbers.items() if name == workload}

    def numbers(self) -> list[int]:
        """Return the number of every pool."""
        return list(self._numbers.values())


def phases(pools: Rows, at_seconds: Floats, ticks_before: Counts) -> Iterator[Phase]:
    """
    Cut the samples of a poll, given the pool and the time of each in the order of the log, where pools enter a later tick.

    ``ticks_before`` is by number of the pool.
    """
    if not len(pools):
        return
    order, begins = in_order(pools)
    ticks = np.floor(at_seconds[order] / TICK_SECONDS).astype(np.int64)
    first = pools[order[begins]]
    segment = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(order)))
    reached, known = np.maximum(ticks, ticks_before[first][segment]), ticks_before[first]
    # Far enough apart for one running maximum over all pools: what came before a pool lies below all of its own.
    low, high = int(reached.min()), int(reached.max())
    apart = (high - low + 1) * segment - low
    reached = np.maximum.accumulate(reached + apart) - apart
    before = np.empty_like(reached)
    before[1:] = reached[:-1]
    before[begins] = known
    enters = reached > before
    entered = np.cumsum(enters)
    number: Counts = entered - (entered[begins] - enters[begins])[segment]
    for current in range(int(number.max()) + 1):
        at = number == current
        entering = order[at & enters]
        yield Phase(np.sort(order[at]), pools[entering], at_seconds[entering])
