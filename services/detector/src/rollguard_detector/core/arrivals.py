"""
Points on their way in, one by one or as columns, and what they led to.

Columns are for what nearly all points are: gauges of series that are known already. They name the row of their series instead of
the series; whoever hands them over has asked for the row before, and asks again once the book has let go of any (``version``).
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from rollguard_detector.core.banks.bank import Floats, Rows
from rollguard_detector.core.listening import Source
from rollguard_detector.core.readings import Gap
from rollguard_detector.core.series import Ceiling, Series
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.signals import Signal

SkipReason = Gap | Ceiling | Literal["future", "out-of-range", "small-sample", "mirrored"]
NO_ROW = -1


class Arrival(NamedTuple):
    """
    A point, when its record was appended (0 where the broker told no time), and in which partition, if any.

    Without a point it says that the log went on: what the record holds is known already.
    """

    point: MetricPoint | None
    received_at_seconds: float
    source: Source | None = None


class Arrivals(NamedTuple):
    """
    Points in the order of the log, as arrays of one length.

    ``rows`` has the row of each point's series, or NO_ROW. What is no gauge, or has no row, stands in ``points``, by its place.
    ``source_of`` has the place in ``sources`` of the partition that each came in. None among ``points``: the log went on.
    """

    rows: Rows
    at_seconds: Floats
    values: Floats
    received_at_seconds: Floats
    points: dict[int, MetricPoint | None]
    sources: Sequence[Source | None]
    source_of: Rows

    @classmethod
    def of(cls, arrivals: Sequence[Arrival]) -> "Arrivals":
        """Return points that come one by one."""
        points: dict[int, MetricPoint | None] = {place: arrival.point for place, arrival in enumerate(arrivals)}
        received = np.array([arrival.received_at_seconds for arrival in arrivals], dtype=np.float64)
        nowhere = np.zeros(len(arrivals))
        places: dict[Source | None, int] = {}
        source_of = np.array([places.setdefault(arrival.source, len(places)) for arrival in arrivals], dtype=np.intp)
        return cls(np.full(len(arrivals), NO_ROW, np.intp), nowhere, nowhere, received, points, list(places), source_of)

    def point_of(self, series: Series, place: int) -> MetricPoint:
        """Return the point that came as the row of a series."""
        workload, metric, labels, revision = series.key
        return MetricPoint(
            workload=workload,
            metric=metric,
            labels=dict(labels),
            revision=revision,
            unit=series.unit,
            time_unix_seconds=float(self.at_seconds[place]),
            value=float(self.values[place]),
        )

    def spell_out(self, gone: Iterable[Series]) -> None:
        """Let the points of series that give their rows back stand by themselves: the row may be another's before their turn."""
        for series in gone:
            for place in np.flatnonzero(self.rows == series.row).tolist():
                self.points[place] = self.point_of(series, place)
                self.rows[place] = NO_ROW

    def without(self, places: Sequence[int]) -> "Arrivals":
        """Return the others."""
        gone = set(places)
        kept = [place for place in range(len(self.rows)) if place not in gone]
        moved = {place: number for number, place in enumerate(kept)}
        points = {moved[place]: point for place, point in self.points.items() if place not in gone}
        return self._replace(
            rows=self.rows[kept],
            at_seconds=self.at_seconds[kept],
            values=self.values[kept],
            received_at_seconds=self.received_at_seconds[kept],
            points=points,
            source_of=self.source_of[kept],
        )


def is_gauge(point: MetricPoint) -> bool:
    """Whether a point says a value and nothing else."""
    is_ratio = point.numerator is not None or point.denominator is not None
    return point.kind == "gauge" and not is_ratio and not point.bounds and not point.counts


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
