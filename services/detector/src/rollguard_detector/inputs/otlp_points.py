"""
OTLP data points to the fields of a ``MetricPoint``, kind by kind.

A cumulative sum is a counter. A delta sum is an increase over a span, which is exactly what a ratio of increase to seconds says, so
it needs no memory here and means the same as the rate of a counter. A delta histogram is read as its p95 at once; a cumulative
one keeps its counts, and the core takes the difference. Exponential histograms and summaries are not read yet, and counted.
"""

import math
from collections.abc import Iterable, Iterator, Mapping

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    AGGREGATION_TEMPORALITY_DELTA,
    DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
)

from rollguard_detector.core.histograms import quantile
from rollguard_detector.core.readings import P95_SUFFIX

Fields = Mapping[str, object]
Read = tuple[Iterable[KeyValue], Fields | str]

_NANO = 1e9
_RANK = 0.95


def fields_of(metric: Metric) -> Iterator[Read]:
    """Yield, for each data point, its attributes and either its fields or the reason to skip it."""
    kind = metric.WhichOneof("data")
    if kind in ("gauge", "sum"):
        for point in getattr(metric, kind).data_points:
            yield point.attributes, _number_fields(metric, kind, point)
    elif kind == "histogram":
        for bucketed in metric.histogram.data_points:
            yield bucketed.attributes, _histogram_fields(metric, bucketed)
    elif kind is not None:
        for unread in getattr(metric, kind).data_points:
            yield unread.attributes, kind.replace("_", "-")


def _number_fields(metric: Metric, kind: str, point: NumberDataPoint) -> Fields | str:
    form = point.WhichOneof("value")
    if form is None or point.flags & DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK:
        return "no-recorded-value"
    value = float(getattr(point, form))
    if not math.isfinite(value):
        return "not-finite"
    time = {"time_unix_seconds": point.time_unix_nano / _NANO}
    if kind == "gauge":
        return {**time, "kind": "gauge", "value": value}
    if metric.sum.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE:
        return {**time, "kind": "counter" if metric.sum.is_monotonic else "gauge", "value": value}
    if metric.sum.aggregation_temporality != AGGREGATION_TEMPORALITY_DELTA:
        return "no-temporality"
    return _increase_fields(metric, point, value)


def _increase_fields(metric: Metric, point: NumberDataPoint, value: float) -> Fields | str:
    if not metric.sum.is_monotonic:
        return "non-monotonic-delta"  # its running total is the metric, and no single point holds it
    seconds = (point.time_unix_nano - point.start_time_unix_nano) / _NANO
    if not point.start_time_unix_nano or seconds <= 0:
        return "delta-without-start"
    return {
        "time_unix_seconds": point.time_unix_nano / _NANO,
        "kind": "ratio",
        "numerator": value,
        "denominator": seconds,
    }


def _histogram_fields(metric: Metric, point: HistogramDataPoint) -> Fields | str:
    if point.flags & DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK:
        return "no-recorded-value"
    bounds, counts = tuple(point.explicit_bounds), tuple(point.bucket_counts)
    if not bounds or len(counts) != len(bounds) + 1:
        return "no-buckets"
    time = {"time_unix_seconds": point.time_unix_nano / _NANO}
    temporality = metric.histogram.aggregation_temporality
    if temporality == AGGREGATION_TEMPORALITY_CUMULATIVE:
        return {**time, "kind": "histogram", "bounds": bounds, "counts": counts}
    if temporality != AGGREGATION_TEMPORALITY_DELTA:
        return "no-temporality"
    p95 = quantile(bounds, counts, _RANK)
    return "no-new-counts" if p95 is None else {**time, "metric": metric.name + P95_SUFFIX, "kind": "gauge", "value": p95}
