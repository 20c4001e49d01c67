"""
What every metric of a workload counted hour by hour, whichever revision served: from this the time of day is divided out.

The rule: sums of integers, so that no order of arrival shows; a rollout takes the whole hours of the week before it began, and the
hours are kept for two days longer, so that it finds the same ones as long as it lasts.
"""

from collections.abc import Iterable
from math import floor

from rollguard_detector.core.comparison.season import HOUR_SECONDS, HOURS, UNITS, DayShape, HourSum, shape_of
from rollguard_detector.core.trials.tallies import Bucketed, Counted, Tally

_WEEK_HOURS = 7 * HOURS
_KEPT_HOURS = 9 * HOURS

KeptHour = tuple[str, int, int, str]  # metric, hour since the epoch, samples, units: their sums outgrow the integers of a wire


class HourBook:
    """The hours of one workload."""

    __slots__ = ("_by_metric",)

    def __init__(self, kept: Iterable[KeptHour] = ()) -> None:
        self._by_metric: dict[str, dict[int, HourSum]] = {}
        for metric, hour, n, units in kept:
            self._by_metric.setdefault(metric, {})[hour] = HourSum(hour, n, int(units))

    def add(self, metric: str, at_seconds: float, tally: Tally) -> None:
        """Add to an hour; a distribution has no level that could be divided."""
        if isinstance(tally, Bucketed):
            return
        hours, hour = self._by_metric.setdefault(metric, {}), floor(at_seconds / HOUR_SECONDS)
        total = tally.bad if isinstance(tally, Counted) else tally.total
        known = hours.get(hour, HourSum(hour, 0, 0))
        hours[hour] = HourSum(hour, known.n + tally.n, known.units + round(total * UNITS))
        if len(hours) > _KEPT_HOURS:
            newest = max(hours)
            for old in [one for one in hours if one <= newest - _KEPT_HOURS]:
                del hours[old]

    def shapes(self, began_at_seconds: float) -> dict[str, DayShape]:
        """Return the shapes that were known when a rollout began, by metric."""
        until = floor(began_at_seconds / HOUR_SECONDS)
        found = {
            metric: shape_of(one for one in hours.values() if until - _WEEK_HOURS <= one.hour < until)
            for metric, hours in sorted(self._by_metric.items())
        }
        return {metric: shape for metric, shape in found.items() if shape is not None}

    def kept(self) -> tuple[KeptHour, ...]:
        """Return all that is known."""
        return tuple(
            (metric, one.hour, one.n, str(one.units)) for metric, hours in self._by_metric.items() for one in hours.values()
        )
