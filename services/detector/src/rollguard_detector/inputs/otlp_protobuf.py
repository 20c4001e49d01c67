"""
OTLP metrics as protobuf: what the OpenTelemetry Collector's Kafka exporter writes.

The messages are OpenTelemetry's own package's. A resource says whose its points are; one that names nobody is counted, never
guessed: a rollback of the wrong workload would be the price.
"""

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import DecodeError

from rollguard_detector.core.exponential_histograms import Buckets
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.inputs.gathering import Gathering
from rollguard_detector.inputs.otlp_attributes import KnownAttributes, Owners
from rollguard_detector.inputs.otlp_messages import EXPORT_REQUEST
from rollguard_detector.inputs.otlp_points import (
    NANO,
    NO_RECORDED_VALUE,
    Exponential,
    Place,
    take_exponential,
    take_histogram,
    take_sum,
    take_summary,
)
from rollguard_schemas.codec import Header, Malformed


class OtlpProtobuf:
    """The codec of ``ExportMetricsServiceRequest``."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._known = KnownAttributes(identities)

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:  # noqa: ARG002  # the port's
        """Read every point that a model can use; the others are counted by reason."""
        if not value:
            raise Malformed("empty-value", "an export request without a value")
        gathering = Gathering(self._identities)
        try:
            self._take(gathering, EXPORT_REQUEST.FromString(value))
        except DecodeError as error:
            raise Malformed("not-protobuf", f"no ExportMetricsServiceRequest: {error}") from error
        return gathering.done(headers)

    def _take(self, gathering: Gathering, request: Any) -> None:
        self._known.forget_if_many()
        for of_resource in request.resource_metrics:
            owners = self._known.of_resource(tuple(of_resource.resource.attributes))
            for scope in of_resource.scope_metrics:
                for metric in scope.metrics:
                    kind = metric.WhichOneof("data")
                    if kind == "gauge":
                        _take_gauges(gathering, owners, metric)
                    elif kind is not None:
                        _take_others(gathering, owners, metric, kind)


def _take_gauges(gathering: Gathering, owners: Owners, metric: Any) -> None:
    """Take in numbers that stand for themselves: most points, so without a ``Place`` each."""
    name, unit = metric.name, metric.unit
    for point in metric.gauge.data_points:
        who, labels = owners[tuple(point.attributes)]
        value = point.as_double or _number(point)
        if value is None or point.flags & NO_RECORDED_VALUE:
            gathering.skip("no-recorded-value")
        else:
            gathering.number(who, name, "gauge", value, point.time_unix_nano / NANO, labels=labels, unit=unit)


def _take_others(gathering: Gathering, owners: Owners, metric: Any, kind: str) -> None:
    data, name, unit = getattr(metric, kind), metric.name, metric.unit
    for point in data.data_points:
        who, labels = owners[tuple(point.attributes)]
        place = Place(who, labels, name, unit, point.time_unix_nano, point.start_time_unix_nano, point.flags)
        if kind == "sum":
            take_sum(gathering, place, _number(point), data.aggregation_temporality, is_monotonic=data.is_monotonic)
        elif kind == "histogram":
            take_histogram(gathering, place, point.explicit_bounds, point.bucket_counts, data.aggregation_temporality)
        elif kind == "exponential_histogram":
            _take_exponential(gathering, place, point, data.aggregation_temporality)
        else:
            take_summary(gathering, place, ((one.quantile, one.value) for one in point.quantile_values))


def _take_exponential(gathering: Gathering, place: Place, point: Any, temporality: int) -> None:
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
