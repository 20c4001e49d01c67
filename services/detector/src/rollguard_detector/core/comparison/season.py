"""
How a metric goes with the hour of the day: the shape that all revisions of a workload share.

A control of another hour is compared as if it had been measured at the candidate's: its exposure (of rates) or its mean is divided
by what the hours alone explain. The rule: only what three days agree on is a habit, so that one odd morning is none; where an hour
is not known, nothing is divided. The shape is frozen when a rollout begins, or it would learn the fault.
"""

from collections.abc import Iterable
from math import floor, sqrt
from statistics import fmean, median, stdev
from typing import NamedTuple

HOUR_SECONDS, HOURS = 3_600.0, 24
UNITS = 1 << 40  # a unit is 2**-40 of the metric's own: integers add up alike in any order
LEAST_DAYS = 3
_MOST_ERROR = 0.25  # of a level, by the standard error of its days
_MOST = 10.0


class HourSum(NamedTuple):
    """What one hour since the epoch counted: samples, and their sum in units (of rates: the bad ones)."""

    hour: int
    n: int
    units: int


class DayShape:
    """How many times its mean level a metric has at each hour of the day (UTC), linear between the middles of the hours."""

    __slots__ = ("_factors",)

    def __init__(self, factors: tuple[float | None, ...]) -> None:
        self._factors = factors

    def ratio(self, at_seconds: float, other_seconds: float) -> float:
        """Return how many times the level of one time that of the other is, by the hours alone; 1 where that is not known."""
        level, other = self._at(at_seconds), self._at(other_seconds)
        if level is None or other is None:
            return 1.0
        return min(max(level / other, 1.0 / _MOST), _MOST)

    def _at(self, at_seconds: float) -> float | None:
        hour = at_seconds / HOUR_SECONDS - 0.5
        whole = floor(hour)
        before, after = self._factors[whole % HOURS], self._factors[(whole + 1) % HOURS]
        return None if before is None or after is None else before + (hour - whole) * (after - before)


def shape_of(sums: Iterable[HourSum]) -> DayShape | None:
    """Return the shape that hours of several days show; None where no two hours of the day are known."""
    by_hour: dict[int, list[HourSum]] = {}
    for one in sums:
        if one.n:
            by_hour.setdefault(one.hour % HOURS, []).append(one)
    levels = {hour: level for hour in sorted(by_hour) if (level := _level(by_hour[hour])) is not None}
    if len(levels) < 2:
        return None
    usual = fmean(levels.values())
    return DayShape(tuple(levels[hour] / usual if hour in levels else None for hour in range(HOURS)))


def _level(several: list[HourSum]) -> float | None:
    """Return the median of the days, which one odd day does not move; None where they are few, or do not agree."""
    days = [one.units / UNITS / one.n for one in sorted(several)]
    if len(days) < LEAST_DAYS or median(days) <= 0.0:
        return None
    return median(days) if stdev(days) / sqrt(len(days)) <= _MOST_ERROR * median(days) else None
