"""
OTLP metrics as protobuf: what the OpenTelemetry Collector's Kafka exporter writes.

The messages are OpenTelemetry's own package's. A resource says whose its points are; one that names nobody is counted, never
guessed: a rollback of the wrong workload would be the price.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint, Metric

from rollguard_detector.core.exponential_histograms import Buckets
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.inputs.gathering import Gathering
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


class OtlpProtobuf:
    """The codec of ``ExportMetricsServiceRequest``."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:  # noqa: ARG002  # the port's
        """Read every point that a model can use; the others are counted by reason."""
        if not value:
            raise Malformed("empty-value", "an export request without a value")
        try:
            request = ExportMetricsServiceRequest.FromString(value)
        except DecodeError as error:
            raise Malformed("not-protobuf", f"no ExportMetricsServiceRequest: {error}") from error
        gathering = Gathering(self._identities)
        for of_resource in request.resource_metrics:
            resource = Resource(self._identities, _texts(of_resource.resource.attributes))
            for scope in of_resource.scope_metrics:
                for metric in scope.metrics:
                    _take(gathering, resource, metric)
        return gathering.done(headers)


def _take(gathering: Gathering, resource: Resource, metric: Metric) -> None:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data, name, unit = getattr(metric, kind), metric.name, metric.unit
    has_start = kind != "gauge"
    for point in data.data_points:
        who, labels = resource.who(_texts(point.attributes))
        start_nano = point.start_time_unix_nano if has_start else 0
        place = Place(who, labels, name, unit, point.time_unix_nano, start_nano, point.flags)
        if kind == "gauge":
            take_gauge(gathering, place, _number(point))
        elif kind == "sum":
            take_sum(gathering, place, _number(point), data.aggregation_temporality, is_monotonic=data.is_monotonic)
        elif kind == "histogram":
            take_histogram(gathering, place, point.explicit_bounds, point.bucket_counts, data.aggregation_temporality)
        elif kind == "exponential_histogram":
            _take_exponential(gathering, place, point, data.aggregation_temporality)
        else:
            take_summary(gathering, place, ((one.quantile, one.value) for one in point.quantile_values))


def _take_exponential(gathering: Gathering, place: Place, point: ExponentialHistogramDataPoint, temporality: int) -> None:
    positive, negative = point.positive, point.negative
    buckets = Exponential(
        point.scale,
        (point.zero_count, point.zero_threshold),
        Buckets(positive.offset, positive.bucket_counts),
        Buckets(negative.offset, negative.bucket_counts),
    )
    take_exponential(gathering, place, buckets, temporality)


def _number(point: Any) -> float | None:
    usual: float = point.as_double
    if usual:
        return usual
    form = point.WhichOneof("value")
    return None if form is None else float(getattr(point, form))


def _texts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    """Return attributes as text; lists and maps tell no series apart and are left out."""
    texts: dict[str, str] = {}
    for attribute in attributes:
        value = attribute.value
        usual = value.string_value
        if usual:  # each look into a message costs as much as the dict
            texts[attribute.key] = usual
            continue
        kind = value.WhichOneof("value")
        if kind == "string_value":
            texts[attribute.key] = usual
        elif kind in ("int_value", "bool_value", "double_value"):
            texts[attribute.key] = str(getattr(value, kind))
    return texts
