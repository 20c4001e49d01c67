"""
OTLP metrics as JSON: what the Collector's Kafka exporter writes with ``encoding: otlp_json``.

Protobuf's JSON mapping as OTLP narrows it: 64-bit integers may be strings, enums are numbers, a number that JSON cannot hold is a
string ("NaN", "Infinity"), and fields that are not known here are passed over, as a receiver must.
"""

from collections.abc import Callable, Iterable, Sequence

from rollguard_detector.core.exponential_histograms import Buckets
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.inputs.gathering import Gathering
from rollguard_detector.inputs.json_bytes import JsonReader
from rollguard_detector.inputs.otlp_json_messages import ExponentialPoint, KeyValue, Metric, NumberPoint, Point, Request
from rollguard_detector.inputs.otlp_points import (
    Exponential,
    Place,
    Resource,
    take_exponential,
    take_gauge,
    take_histogram,
    take_sum,
    take_summary,
)
from rollguard_schemas.codec import Header, Malformed


class OtlpJson:
    """The codec of ``ExportMetricsServiceRequest`` in JSON."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._reader = JsonReader(Request, is_strict=False)

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:  # noqa: ARG002  # the port's
        """Read every point that a model can use; the others are counted by reason."""
        request: Request = self._reader.read(value)
        gathering = Gathering(self._identities)
        for of_resource in request.resource_metrics:
            resource = Resource(self._identities, _texts(of_resource.resource.attributes))
            for scope in of_resource.scope_metrics:
                for metric in scope.metrics:
                    _take(gathering, resource, metric)
        return gathering.done(headers)


def _take(gathering: Gathering, resource: Resource, metric: Metric) -> None:
    def place(point: Point) -> Place:
        who, labels = resource.who(_texts(point.attributes))
        return Place(who, labels, metric.name, metric.unit, point.time_unix_nano, point.start_time_unix_nano, point.flags)

    if metric.gauge:
        for point in metric.gauge.data_points:
            take_gauge(gathering, place(point), _number(point))
    elif metric.sum:
        total = metric.sum
        for point in total.data_points:
            take_sum(gathering, place(point), _number(point), total.aggregation_temporality, is_monotonic=total.is_monotonic)
    else:
        _take_buckets(gathering, metric, place)


def _take_buckets(gathering: Gathering, metric: Metric, place: Callable[[Point], Place]) -> None:
    if metric.histogram:
        for bucketed in metric.histogram.data_points:
            temporality = metric.histogram.aggregation_temporality
            take_histogram(gathering, place(bucketed), bucketed.explicit_bounds, bucketed.bucket_counts, temporality)
    elif metric.exponential_histogram:
        for exponential in metric.exponential_histogram.data_points:
            _take_exponential(gathering, place(exponential), exponential, metric.exponential_histogram.aggregation_temporality)
    elif metric.summary:
        for summary in metric.summary.data_points:
            take_summary(gathering, place(summary), ((one.quantile, one.value) for one in summary.quantile_values))


def _take_exponential(gathering: Gathering, place: Place, point: ExponentialPoint, temporality: int) -> None:
    positive, negative = point.positive, point.negative
    buckets = Exponential(
        point.scale,
        (point.zero_count, point.zero_threshold),
        Buckets(positive.offset, positive.bucket_counts),
        Buckets(negative.offset, negative.bucket_counts),
    )
    take_exponential(gathering, place, buckets, temporality)


def _number(point: NumberPoint) -> float | None:
    if point.as_double is not None:
        return point.as_double
    try:
        return None if point.as_int is None else float(point.as_int)
    except OverflowError as error:
        raise Malformed("wrong-shape", "asInt does not fit 64 bits") from error


def _texts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    """Return attributes as text; lists and maps tell no series apart and are left out."""
    texts: dict[str, str] = {}
    for attribute in attributes:
        value = attribute.value
        found = next(
            (one for one in (value.string_value, value.int_value, value.bool_value, value.double_value) if one is not None), None
        )
        if found is not None:
            texts[attribute.key] = str(found)
    return texts
