"""
OTLP metrics as protobuf: what the OpenTelemetry Collector's Kafka exporter writes.

The workload is ``service.namespace``/``service.name``, else the Kubernetes deployment's; the revision is ``service.version``. A
resource that names neither belongs to nobody and is counted, never guessed: a rollback of the wrong workload would be the price.
A gap that a producer declares (NO_RECORDED_VALUE) stays a gap.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # its stubs are a package of their own
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from rollguard_detector.core.ports import DecodedPoints
from rollguard_detector.inputs.naming import instance_of, revision_of, workload_of
from rollguard_detector.inputs.otlp_points import fields_of
from rollguard_schemas.codec import Header, Malformed
from rollguard_schemas.metrics import MetricPoint


class OtlpProtobuf:
    """The codec of ``ExportMetricsServiceRequest``."""

    def decode(self, value: bytes | None, headers: Sequence[Header]) -> DecodedPoints:
        """Read every point that a model can use; the others are counted by reason."""
        if not value:
            raise Malformed("empty-value", "an export request without a value")
        try:
            request = ExportMetricsServiceRequest.FromString(value)
        except DecodeError as error:
            raise Malformed("not-protobuf", f"no ExportMetricsServiceRequest: {error}") from error
        skipped: Counter[str] = Counter()
        return DecodedPoints(tuple(_points(request, skipped)), skipped, _traceparent(headers))


def _points(request: ExportMetricsServiceRequest, skipped: Counter[str]) -> Iterator[MetricPoint]:
    for resource_metrics in request.resource_metrics:
        resource = _texts(resource_metrics.resource.attributes)
        workload = workload_of(resource)
        for metric in (metric for scope in resource_metrics.scope_metrics for metric in scope.metrics):
            for point in _of_metric(metric, resource, workload):
                if isinstance(point, str):
                    skipped[point] += 1
                else:
                    yield point


def _of_metric(metric: Metric, resource: Mapping[str, str], workload: str | None) -> Iterator[MetricPoint | str]:
    """Yield a point, or the reason why there is none, for each data point."""
    instance = instance_of(resource)
    shared = {"type": "metric-point", "workload": workload, "metric": metric.name, "unit": metric.unit}
    shared["revision"] = revision_of(resource)
    for attributes, fields in fields_of(metric):
        if isinstance(fields, str):
            yield fields
        elif workload is None:
            yield "unknown-workload"
        else:
            labels = _texts(attributes) | ({"instance": instance} if instance else {})
            yield _checked({**shared, **fields, "labels": labels})


def _checked(fields: Mapping[str, object]) -> MetricPoint | str:
    """Hold the fields to the bounds of the schema, which building a Struct by hand would not."""
    try:
        return msgspec.convert(fields, MetricPoint)
    except msgspec.ValidationError:
        return "out-of-schema"


def _texts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    """Return attributes as text; lists and maps tell no series apart and are left out."""
    texts: dict[str, str] = {}
    for attribute in attributes:
        kind = attribute.value.WhichOneof("value")
        if kind in ("string_value", "int_value", "bool_value", "double_value"):
            texts[attribute.key] = str(getattr(attribute.value, kind))
    return texts


def _traceparent(headers: Sequence[Header]) -> str | None:
    return next((content.decode("ascii", "replace") for name, content in headers if name.lower() == "traceparent"), None)
