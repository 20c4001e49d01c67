"""
From points to readings: one number that a model can learn, or the reason why there is none.

Running totals become rates and a fall is a reset; a ratio without a denominator and a histogram without new counts are no data,
never a zero. Totals are kept per revision, since two revisions that report side by side under the same labels count apart.
"""

import math
from collections.abc import Mapping
from typing import Literal

import msgspec

from rollguard_detector.core.histograms import quantile
from rollguard_schemas.metrics import MetricPoint

Gap = Literal["late", "no-denominator", "no-new-counts", "first-total", "not-finite", "bounds-changed"]

P95_SUFFIX = "_p95"
_RANK = 0.95
_LARGEST = 1e150  # its square is still a number
_MAX_LANES = 4


class Reading(msgspec.Struct, frozen=True):
    """One number of one series of one revision at one instant."""

    workload: str
    metric: str
    labels: tuple[tuple[str, str], ...]
    revision: str | None
    at_seconds: float
    value: float
    unit: str

    @property
    def series(self) -> str:
        """The series as people write it: ``metric{label=value}``, cut to the length of a name."""
        inner = ",".join(f"{name}={text}" for name, text in self.labels)
        return (f"{self.metric}{{{inner}}}" if inner else self.metric)[:253]


class _Lane:
    """What the last point of one revision said."""

    __slots__ = ("at_seconds", "point")

    def __init__(self, point: MetricPoint) -> None:
        self.point, self.at_seconds = point, point.time_unix_seconds


class Lanes:
    """The last point of each revision that reports a series; the four heard last are kept."""

    __slots__ = ("_lanes",)

    def __init__(self) -> None:
        self._lanes: dict[str | None, _Lane] = {}

    def read(self, point: MetricPoint) -> float | Gap:
        """Return the number that the point stands for, and remember the point unless it came late."""
        if not _is_finite(point):
            return "not-finite"
        before = self._lanes.pop(point.revision, None)
        if before is not None and point.time_unix_seconds <= before.at_seconds:
            self._lanes[point.revision] = before
            return "late"
        self._lanes[point.revision] = _Lane(point)
        if len(self._lanes) > _MAX_LANES:
            del self._lanes[next(iter(self._lanes))]
        return _number(point, before.point if before else None)


def metric_of(point: MetricPoint) -> str:
    """Return the metric that readings of the point go by: a histogram is read as its p95."""
    return point.metric + P95_SUFFIX if point.kind == "histogram" else point.metric


def labels_of(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return labels in an order that does not depend on the producer's."""
    return tuple(sorted(labels.items()))


def _is_finite(point: MetricPoint) -> bool:
    numbers = (point.value, point.numerator, point.denominator, *point.bounds, *point.counts)
    return math.isfinite(point.time_unix_seconds) and all(
        number is None or (math.isfinite(number) and abs(number) < _LARGEST) for number in numbers
    )


def _number(point: MetricPoint, before: MetricPoint | None) -> float | Gap:
    if point.kind == "ratio":
        numerator, denominator = point.numerator or 0.0, point.denominator or 0.0
        ratio = numerator / denominator if denominator > 0 else math.inf
        return ratio if abs(ratio) < _LARGEST else "no-denominator"
    if point.kind == "gauge":
        return point.value or 0.0
    if before is None or before.kind != point.kind:
        return "first-total"
    return _rate(point, before) if point.kind == "counter" else _p95(point, before)


def _rate(point: MetricPoint, before: MetricPoint) -> float:
    total, last = point.value or 0.0, before.value or 0.0
    increase = total - last if total >= last else total  # after a reset the count began at zero
    return increase / (point.time_unix_seconds - before.time_unix_seconds)


def _p95(point: MetricPoint, before: MetricPoint) -> float | Gap:
    if point.bounds != before.bounds:
        return "bounds-changed"
    new = [count - last for count, last in zip(point.counts, before.counts, strict=True)]
    p95 = quantile(point.bounds, point.counts if min(new) < 0 else new, _RANK)
    return "no-new-counts" if p95 is None else p95
