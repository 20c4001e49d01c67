"""
The messages of OTLP metrics as protobuf's JSON mapping writes them; what is not read here is passed over.
"""

import msgspec


class Camel(msgspec.Struct, rename="camel", frozen=True):
    """Field names as protobuf's JSON mapping writes them."""


class AnyValue(Camel, frozen=True):
    """The value of an attribute."""

    string_value: str | None = None
    int_value: int | None = None
    double_value: float | None = None
    bool_value: bool | None = None


class KeyValue(Camel, frozen=True):
    """An attribute."""

    key: str = ""
    value: AnyValue = AnyValue()


class Point(Camel, frozen=True):
    """What all data points have."""

    attributes: tuple[KeyValue, ...] = ()
    time_unix_nano: int = 0
    start_time_unix_nano: int = 0
    flags: int = 0


class NumberPoint(Point, frozen=True):
    """A point of a gauge or a sum."""

    as_double: float | None = None
    as_int: int | None = None


class HistogramPoint(Point, frozen=True):
    """A point with explicit buckets."""

    bucket_counts: tuple[int, ...] = ()
    explicit_bounds: tuple[float, ...] = ()


class JsonBuckets(Camel, frozen=True):
    """Exponential buckets from an index on."""

    offset: int = 0
    bucket_counts: tuple[int, ...] = ()


class ExponentialPoint(Point, frozen=True):
    """A point with exponential buckets."""

    scale: int = 0
    zero_count: int = 0
    zero_threshold: float = 0.0
    positive: JsonBuckets = JsonBuckets()
    negative: JsonBuckets = JsonBuckets()


class Quantile(Camel, frozen=True):
    """One quantile of a summary."""

    quantile: float = 0.0
    value: float = 0.0


class SummaryPoint(Point, frozen=True):
    """A point with quantiles."""

    quantile_values: tuple[Quantile, ...] = ()


class Gauge(Camel, frozen=True):
    """Numbers that stand for themselves."""

    data_points: tuple[NumberPoint, ...] = ()


class Sum(Camel, frozen=True):
    """Totals."""

    data_points: tuple[NumberPoint, ...] = ()
    aggregation_temporality: int = 0
    is_monotonic: bool = False


class Histogram(Camel, frozen=True):
    """Explicit buckets."""

    data_points: tuple[HistogramPoint, ...] = ()
    aggregation_temporality: int = 0


class Exponential(Camel, frozen=True):
    """Exponential buckets."""

    data_points: tuple[ExponentialPoint, ...] = ()
    aggregation_temporality: int = 0


class Summary(Camel, frozen=True):
    """Quantiles."""

    data_points: tuple[SummaryPoint, ...] = ()


class Metric(Camel, frozen=True):
    """A metric with one kind of data."""

    name: str = ""
    unit: str = ""
    gauge: Gauge | None = None
    sum: Sum | None = None
    histogram: Histogram | None = None
    exponential_histogram: Exponential | None = None
    summary: Summary | None = None


class Scope(Camel, frozen=True):
    """The metrics of one library."""

    metrics: tuple[Metric, ...] = ()


class JsonResource(Camel, frozen=True):
    """Whose metrics they are."""

    attributes: tuple[KeyValue, ...] = ()


class ResourceMetrics(Camel, frozen=True):
    """The metrics of one resource."""

    resource: JsonResource = JsonResource()
    scope_metrics: tuple[Scope, ...] = ()


class Request(Camel, frozen=True):
    """The message."""

    resource_metrics: tuple[ResourceMetrics, ...]
