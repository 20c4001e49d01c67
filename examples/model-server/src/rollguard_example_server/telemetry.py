"""
Telemetry as producers write it: OTLP protobuf for what a metrics SDK measures, plain JSON for the ratios.

Both are written without any library of rollguard's, since that is what producers have. The rule: what was not observed is not
sent. A latency of zero in a second without requests would be learned as a very good second.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from rollguard_example_server.window import Observations

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_NANOSECONDS = 1_000_000_000


class Message(NamedTuple):
    """One Kafka record."""

    key: bytes
    value: bytes
    content_type: str


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known at one instant; memory is None where the system does not say."""

    seen: Observations
    time_unix_seconds: float
    started_unix_seconds: float
    resident_memory_bytes: int | None


def messages(workload: str, sample: Sample) -> list[Message]:
    """Write a sample as records of one workload (``namespace/name``, the key of all of them)."""
    key = workload.encode()
    otlp = Message(key, _export_request(workload, sample).SerializeToString(), PROTOBUF)
    return [otlp, *(Message(key, json.dumps(point).encode(), JSON) for point in _ratio_points(workload, sample))]


def _export_request(workload: str, sample: Sample) -> ExportMetricsServiceRequest:
    namespace, _, name = workload.partition("/")
    identity = {"service.namespace": namespace, "service.name": name, "service.version": sample.seen.revision}
    attributes = [KeyValue(key=key, value=AnyValue(string_value=text)) for key, text in identity.items()]
    scope = ScopeMetrics(scope=InstrumentationScope(name="rollguard_example_server"), metrics=list(_metrics(sample)))
    return ExportMetricsServiceRequest(
        resource_metrics=[ResourceMetrics(resource=Resource(attributes=attributes), scope_metrics=[scope])]
    )


def _metrics(sample: Sample) -> Iterator[Metric]:
    at = _nanoseconds(sample.time_unix_seconds)
    if sample.seen.latency_p95_seconds is not None:
        latency = NumberDataPoint(time_unix_nano=at, as_double=sample.seen.latency_p95_seconds)
        yield Metric(name="request_latency_p95_seconds", unit="s", gauge=Gauge(data_points=[latency]))
    if sample.resident_memory_bytes is not None:
        memory = NumberDataPoint(time_unix_nano=at, as_int=sample.resident_memory_bytes)
        yield Metric(name="process_resident_memory_bytes", unit="By", gauge=Gauge(data_points=[memory]))
    total = NumberDataPoint(
        start_time_unix_nano=_nanoseconds(sample.started_unix_seconds), time_unix_nano=at, as_int=sample.seen.requests_total
    )
    running = Sum(data_points=[total], aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE, is_monotonic=True)
    yield Metric(name="requests_total", unit="{request}", sum=running)


def _ratio_points(workload: str, sample: Sample) -> Iterator[dict[str, Any]]:
    seen = sample.seen
    for metric, numerator, denominator in (
        ("accuracy", seen.correct, seen.labelled),
        ("error_ratio", seen.errors, seen.requests),
    ):
        if denominator:
            yield {
                "type": "metric-point",
                "workload": workload,
                "time_unix_seconds": sample.time_unix_seconds,
                "metric": metric,
                "kind": "ratio",
                "numerator": numerator,
                "denominator": denominator,
                "revision": seen.revision,
            }


def _nanoseconds(seconds: float) -> int:
    return int(seconds * _NANOSECONDS)
