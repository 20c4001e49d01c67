"""
Who notices that a workload fell silent as a whole? The others of its partition: the log went on, and nothing of it came.

The rule: the clock is the arrival time of the partition's records, so a replay finds the same silences; a workload lies in one
partition, so nobody else's pace matters. A log that stood still itself tells of nobody: after a gap longer than it is used to,
every series is given its time anew.
"""

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Floats, Rows

Source = tuple[str, int]  # topic and partition

_LEAST_GAP_SECONDS = 30.0
_USUAL_GAPS = 2.0
_FADING = 0.99  # of the longest gap a record, so that an outage does not teach patience for ever


class Clock(msgspec.Struct, array_like=True):
    """A partition: when its newest record came, when it went on after it had stood still, and its longest gap of late."""

    newest: float
    resumed_at: float
    longest_gap: float


_UNHEARD = Clock(0.0, 0.0, 0.0)  # of a partition that is read again from its first record, and was not yet


class Instant(NamedTuple):
    """How late it was in a partition before a record came; a record of no partition tells nobody anything."""

    source: int
    arrived_at: float
    clock: float
    resumed_at: float


_KINDS = (np.int32, np.float64, np.float64, np.float64)
NOWHERE = Instant(-1, 0.0, -float("inf"), 0.0)


class Instants(NamedTuple):
    """The same of many records: arrays of one length."""

    source: NDArray[np.int32]
    arrived_at: Floats
    clock: Floats
    resumed_at: Floats

    def at(self, places: Rows) -> "Instants":
        """Return those at these places."""
        return Instants(self.source[places], self.arrived_at[places], self.clock[places], self.resumed_at[places])


class Listening:
    """The clocks of the partitions that are read."""

    def __init__(self) -> None:
        self._clocks: dict[Source, Clock] = {}
        self._numbers: dict[Source, int] = {}
        self._names: list[Source] = []

    def hear(self, source: Source | None, arrived_at: float) -> Instant:
        """Move a partition's clock to a record; return how late it was before."""
        if source is None or arrived_at <= 0.0:
            return NOWHERE
        clock = self._clocks.get(source)
        if clock is None:
            clock = self._clocks[source] = Clock(arrived_at, arrived_at, 0.0)
        gap = max(0.0, arrived_at - clock.newest)
        if gap > max(_LEAST_GAP_SECONDS, _USUAL_GAPS * clock.longest_gap):
            clock.newest = clock.resumed_at = arrived_at
        instant = Instant(self._number(source), arrived_at, clock.newest, clock.resumed_at)
        if gap > 0.0:  # a record of many points, or one that is known already, counts once
            clock.longest_gap = max(gap, _FADING * clock.longest_gap)
        clock.newest = max(clock.newest, arrived_at)
        return instant

    def clock(self, source: Source) -> Clock | None:
        """Return a copy of a partition's clock as it stands."""
        return copy(self._clocks.get(source))

    def set_clock(self, source: Source, clock: Clock | None) -> None:
        """Let a partition's clock stand like this, whatever it was; None forgets it."""
        self._clocks.pop(source, None)
        if clock is not None:
            self._clocks[source] = copy(clock)

    def hear_many(self, sources: Sequence[Source | None], of: Rows, arrived_at: Floats) -> Instants:
        """Move the partitions' clocks to records, of which ``of`` has the place of each one's partition in ``sources``."""
        instants = [np.full(len(of), what, kind) for what, kind in zip(NOWHERE, _KINDS, strict=True)]
        for number, source in enumerate(sources):
            places = np.flatnonzero(of == number)
            if not len(places):
                continue
            for column, values in zip(instants, self._told(source, arrived_at[places]), strict=True):
                column[places] = values
        return Instants(*instants)

    def _told(self, source: Source | None, arrived_at: Floats) -> Instants:
        """Do as ``hear`` does for the records of one partition; at once where the log never stood still."""
        clock = self._clocks.get(source) if source is not None else None
        newest = np.maximum.accumulate(np.r_[clock.newest if clock else arrived_at[:1], arrived_at])[: len(arrived_at)]
        gaps = np.maximum(0.0, arrived_at - newest)
        if source is None or arrived_at.min() <= 0.0 or gaps.max() > _LEAST_GAP_SECONDS:
            told = [self.hear(source, arrived) for arrived in arrived_at.tolist()]
            return Instants(*(np.array(column) for column in zip(*told, strict=True)))
        clock = self._clocks.setdefault(source, clock or Clock(float(arrived_at[0]), float(arrived_at[0]), 0.0))
        longest = clock.longest_gap
        for gap in gaps[gaps > 0.0].tolist():
            longest = max(gap, _FADING * longest)
        clock.longest_gap, clock.newest = longest, max(clock.newest, float(arrived_at.max()))
        every = len(gaps)
        return Instants(np.full(every, self._number(source), np.int32), arrived_at, newest, np.full(every, clock.resumed_at))

    def kept(self, number: int) -> tuple[Source, Clock] | None:
        """Return a partition with its clock as it stands, by its number."""
        if number < 0:
            return None
        source = self._names[number]
        return source, self.clock(source) or _UNHEARD

    def resume(self, kept: tuple[Source, Clock] | None) -> int:
        """Put a clock back and return the partition's number; of several, the log is read again from the earliest."""
        if kept is None:
            return NOWHERE.source
        source, clock = kept
        known = self._clocks.get(source)
        if clock.newest > 0.0 and (known is None or clock.newest < known.newest):
            self._clocks[source] = clock
        return self._number(source)

    def _number(self, source: Source) -> int:
        number = self._numbers.get(source)
        if number is None:
            number = self._numbers[source] = len(self._names)
            self._names.append(source)
        return number
