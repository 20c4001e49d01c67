"""
Points on their way in, one by one or as columns, and what they led to.

Columns are for what nearly all points are: gauges of series that are known already. They name the row of their series instead of
the series; whoever hands them over has asked for the row before, and asks again once the book has let go of any (``version``).
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from rollguard_detector.core.banks.bank import Floats, Rows
from rollguard_detector.core.readings import Gap
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.signals import Signal

SkipReason = Gap | Literal["future", "series-ceiling", "out-of-range", "small-sample"]
NO_ROW = -1


class Arrival(NamedTuple):
    """A point, and when its record was appended; 0 where the broker told no time."""

    point: MetricPoint
    received_at_seconds: float


class Arrivals(NamedTuple):
    """
    Points in the order of the log, as arrays of one length.

    ``rows`` has the row of a gauge's series, or NO_ROW where the point itself stands in ``points``, by its place.
    """

    rows: Rows
    at_seconds: Floats
    values: Floats
    received_at_seconds: Floats
    points: Mapping[int, MetricPoint]

    @classmethod
    def of(cls, arrivals: Sequence[Arrival]) -> "Arrivals":
        """Return points that come one by one."""
        points = {place: arrival.point for place, arrival in enumerate(arrivals)}
        received = np.array([arrival.received_at_seconds for arrival in arrivals], dtype=np.float64)
        nowhere = np.zeros(len(arrivals))
        return cls(np.full(len(arrivals), NO_ROW, np.intp), nowhere, nowhere, received, points)

    def without(self, places: Sequence[int]) -> "Arrivals":
        """Return the others."""
        gone = set(places)
        kept = [place for place in range(len(self.rows)) if place not in gone]
        moved = {place: number for number, place in enumerate(kept)}
        points = {moved[place]: point for place, point in self.points.items() if place not in gone}
        return Arrivals(self.rows[kept], self.at_seconds[kept], self.values[kept], self.received_at_seconds[kept], points)


class Outcome(msgspec.Struct):
    """
    What points led to, by their place; most lead to nothing.

    ``skipped`` says why no model learned from a point, ``faults`` what broke while it was read.
    """

    signals: dict[int, tuple[Signal, ...]] = {}
    skipped: dict[int, SkipReason] = {}
    faults: dict[int, Exception] = {}

    def say(self, place: int, said: tuple[Signal, ...]) -> None:
        """Add what is said of a point."""
        if said:
            self.signals[place] = self.signals.get(place, ()) + said
