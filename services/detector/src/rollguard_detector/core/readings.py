"""
From points to readings: one number that a model can learn, or the reason why there is none.

Running totals become rates; a later start or a fall is a reset. A ratio without a denominator and a histogram without new counts
are no data, never a zero, unless an operator has said for that metric what a missing number means. A lane belongs to one series of
one revision, since two revisions that report side by side under the same labels count apart.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from rollguard_detector.core.histogram_differences import new_counts
from rollguard_detector.core.histograms import quantile
from rollguard_schemas.metrics import MetricPoint

Gap = Literal["late", "no-denominator", "no-new-counts", "first-total", "not-finite", "bounds-changed"]
Missing = Literal["gap", "zero", "last"]
Labels = tuple[tuple[str, str], ...]

_RANK = 0.95
LARGEST = 1e30  # the square root of what a single-precision column can hold, and more than any metric says
_TOTALS = ("counter", "histogram")
_MISSING: frozenset[Gap] = frozenset({"no-denominator", "no-new-counts", "not-finite"})


class Reading(msgspec.Struct, frozen=True):
    """One number of one series of one revision at one instant."""

    workload: str
    metric: str
    labels: Labels
    revision: str | None
    at_seconds: float
    value: float
    unit: str

    @property
    def series(self) -> str:
        """The series as people write it."""
        return series_text(self.metric, self.labels)


class Lane:
    """What the last point of a series said, where the next number is told from it: a total or a number to go on with."""

    __slots__ = ("before", "is_share", "number")

    def __init__(self) -> None:
        self.before: MetricPoint | None = None
        self.number: float | None = None
        self.is_share = True

    @property
    def is_forgetful(self) -> bool:
        """Whether the next number is told from its point alone."""
        return self.before is None and self.number is None

    @property
    def is_blank(self) -> bool:
        """Whether it is as a new one."""
        return self.is_forgetful and self.is_share

    def size_of(self, point: MetricPoint, number: float) -> float | None:
        """Return of how many events a share was taken; None for what is no share, as a ratio that ever passed 1 is none."""
        if point.denominator is None:
            return None
        self.is_share = self.is_share and 0.0 <= number <= 1.0
        return point.denominator if self.is_share and point.denominator >= 1.0 else None

    def read(self, point: MetricPoint, missing: Missing = "gap", *, is_late: bool = False) -> float | Gap:
        """
        Return the number that the point stands for, and remember what the next one needs unless the point came late.

        ``missing`` is what a point without a number means: a gap, a zero, or the number before.
        """
        if not _is_finite(point):
            return _filled("not-finite", self.number, missing)
        if is_late:
            return "late"
        number = _number(point, self.before)
        self.before = point if point.kind in _TOTALS else None
        if isinstance(number, str):
            return _filled(number, self.number, missing)
        self.number = number if missing == "last" else None
        return number


def series_text(metric: str, labels: Labels) -> str:
    """Return a series as people write it: ``metric{label=value}``, cut to the length of a name."""
    inner = ",".join(f"{name}={text}" for name, text in labels)
    return (f"{metric}{{{inner}}}" if inner else metric)[:253]


def metric_of(point: MetricPoint) -> str:
    """Return the metric that readings of the point go by: a histogram is read as its p95."""
    return point.metric + quantile_suffix(_RANK) if point.kind == "histogram" else point.metric


def quantile_suffix(rank: float) -> str:
    """Return what a metric's name ends in where it is read as a quantile: ``_p95`` for 0.95."""
    return f"_p{100 * rank:.6g}"


def labels_of(labels: Mapping[str, str]) -> Labels:
    """Return labels in an order that does not depend on the producer's."""
    return tuple(sorted(labels.items()))


def _is_finite(point: MetricPoint) -> bool:
    numbers = (point.value, point.numerator, point.denominator, *point.bounds, *point.counts)
    return math.isfinite(point.time_unix_seconds) and all(
        number is None or (math.isfinite(number) and abs(number) < LARGEST) for number in numbers
    )


def _filled(gap: Gap, last: float | None, missing: Missing) -> float | Gap:
    """Fill what a point left out; a total that is only beginning, or came late, is not missing."""
    if missing == "gap" or gap not in _MISSING:
        return gap
    if missing == "zero":
        return 0.0
    return gap if last is None else last


def _number(point: MetricPoint, before: MetricPoint | None) -> float | Gap:
    if point.kind == "ratio":
        numerator, denominator = point.numerator or 0.0, point.denominator or 0.0
        ratio = numerator / denominator if denominator > 0 else math.inf
        return ratio if abs(ratio) < LARGEST else "no-denominator"
    if point.kind == "gauge":
        return point.value or 0.0
    if point.temporality == "delta":
        return _p95(point.bounds, point.counts) if point.kind == "histogram" else _delta_rate(point, before)
    if before is None or before.kind != point.kind or before.temporality != point.temporality:
        return "first-total"
    return _rate(point, before) if point.kind == "counter" else _new_p95(point, before)


def _delta_rate(point: MetricPoint, before: MetricPoint | None) -> float | Gap:
    """Spread an increase over the span that it names, else over the time since the point before."""
    since = point.start_unix_seconds
    if since is None or since >= point.time_unix_seconds:
        since = before.time_unix_seconds if before else None
    return "first-total" if since is None else (point.value or 0.0) / (point.time_unix_seconds - since)


def _rate(point: MetricPoint, before: MetricPoint) -> float:
    """Return the increase a second; a count that began anew is spread over the whole span, or a restart would look like a burst."""
    total, last = point.value or 0.0, before.value or 0.0
    increase = total if _is_reset(point, before) or total < last else total - last
    return increase / (point.time_unix_seconds - before.time_unix_seconds)


def _is_reset(point: MetricPoint, before: MetricPoint) -> bool:
    start, known = point.start_unix_seconds, before.start_unix_seconds
    return start is not None and known is not None and start > known


def _new_p95(point: MetricPoint, before: MetricPoint) -> float | Gap:
    if _is_reset(point, before):
        return _p95(point.bounds, point.counts)
    added = new_counts((before.bounds, before.counts), (point.bounds, point.counts))
    return "bounds-changed" if added is None else _p95(*added)


def _p95(bounds: Sequence[float], counts: Sequence[int]) -> float | Gap:
    p95 = quantile(bounds, counts, _RANK)
    return "no-new-counts" if p95 is None else p95
