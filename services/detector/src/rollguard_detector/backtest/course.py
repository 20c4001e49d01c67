"""
The course of the objectives' metrics, minute by minute: what a timeline draws, and what users were served meanwhile.

A minute of a metric is kept as its lowest and highest number and as how many lay beyond the bound; of a ratio also how many single
events were bad (errors out of requests, wrong answers out of labels), which is what "errors served" adds up.
"""

from rollguard_detector.core.readings import Labels, Lane, labels_of, metric_of
from rollguard_runtime.replayed import Minute
from rollguard_schemas.fields import is_breach
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.policies import Objective, RollbackPolicy

Key = tuple[str, str, float]


class Courses:
    """Adds points up; ``every_seconds`` is the width of a stretch."""

    def __init__(self, policies: dict[str, RollbackPolicy], every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._objectives: dict[tuple[str, str], list[Objective]] = {}
        for workload, policy in policies.items():
            for objective in policy.spec.objectives:
                self._objectives.setdefault((workload, objective.metric), []).append(objective)
        self._lanes: dict[tuple[str, str, Labels, str | None], Lane] = {}
        self.minutes: dict[Key, Minute] = {}

    def add(self, point: MetricPoint) -> None:
        """Take in one point; one whose metric has no objective costs a look-up."""
        objectives = self._objectives.get((point.workload, metric_of(point)))
        if objectives is None:
            return
        lane = self._lanes.setdefault((point.workload, point.metric, labels_of(point.labels), point.revision), Lane())
        number = lane.read(point, "gap", is_late=False)
        if isinstance(number, float):
            for objective in objectives:
                self._add(point, objective, number)

    def _add(self, point: MetricPoint, objective: Objective, number: float) -> None:
        begin = point.time_unix_seconds // self._every_seconds * self._every_seconds
        key = (point.workload, objective.name, begin)
        minute = self.minutes.get(key)
        if minute is None:
            minute = self.minutes[key] = self._begun(point, objective, begin, number)
        minute.points += 1
        minute.low, minute.high = min(minute.low, number), max(minute.high, number)
        minute.beyond += is_breach(number, bound_of(objective), objective.direction)
        if point.denominator is not None and point.numerator is not None:
            minute.events += point.denominator
            minute.bad_events += point.numerator if objective.direction == "above" else point.denominator - point.numerator

    def _begun(self, point: MetricPoint, objective: Objective, begin: float, number: float) -> Minute:
        return Minute(
            workload=point.workload,
            objective=objective.name,
            metric=objective.metric,
            bound=bound_of(objective),
            direction=objective.direction,
            unit=objective.unit or point.unit,
            from_unix_seconds=begin,
            seconds=self._every_seconds,
            low=number,
            high=number,
        )


def bound_of(objective: Objective) -> float:
    """Return the bound of single samples; of an error budget without one, the share of bad events that it allows."""
    own = objective.above if objective.above is not None else objective.below
    if own is None and objective.error_budget is not None:
        return 1.0 - objective.error_budget.target
    return objective.bound
