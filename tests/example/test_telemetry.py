"""Telemetry bytes, read with the libraries of others and with rollguard's own."""

import msgspec
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE

from rollguard_detector.inputs.by_content_type import ByContentType
from rollguard_example_server.telemetry import JSON, PROTOBUF, Sample, messages
from rollguard_example_server.window import Observations
from rollguard_schemas.codec import decode
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.topics import METRICS

WORKLOAD = "demo/tumour-classifier"
SEEN = Observations(revision="3", requests=40, errors=2, labelled=160, correct=152, latency_p95_seconds=0.05, requests_total=900)
SAMPLE = Sample(seen=SEEN, time_unix_seconds=1_700_000_010.5, started_unix_seconds=1_700_000_000.0, resident_memory_bytes=2**28)
IDLE = msgspec.structs.replace(SEEN, requests=0, errors=0, labelled=0, correct=0, latency_p95_seconds=None)


def otlp_metrics(sample):
    (message,) = [message for message in messages(WORKLOAD, sample) if message.content_type == PROTOBUF]
    (of_resource,) = ExportMetricsServiceRequest.FromString(message.value).resource_metrics
    return of_resource.resource, {metric.name: metric for metric in of_resource.scope_metrics[0].metrics}


def json_points(sample):
    sent = [message for message in messages(WORKLOAD, sample) if message.content_type == JSON]
    return [decode(METRICS, message.value, [("content-type", JSON.encode())]).event for message in sent]


def test_every_message_has_the_workload_as_its_key():
    assert {message.key for message in messages(WORKLOAD, SAMPLE)} == {b"demo/tumour-classifier"}


def test_the_resource_names_the_workload_and_its_revision():
    resource, _ = otlp_metrics(SAMPLE)
    assert {attribute.key: attribute.value.string_value for attribute in resource.attributes} == {
        "service.namespace": "demo",
        "service.name": "tumour-classifier",
        "service.version": "3",
    }


def test_otlp_carries_latency_memory_and_a_running_total_of_requests():
    _, metrics = otlp_metrics(SAMPLE)
    assert metrics["request_latency_p95_seconds"].gauge.data_points[0].as_double == 0.05
    assert metrics["process_resident_memory_bytes"].gauge.data_points[0].as_int == 2**28
    total = metrics["requests_total"].sum
    assert (total.is_monotonic, total.aggregation_temporality) == (True, AGGREGATION_TEMPORALITY_CUMULATIVE)
    assert total.data_points[0].as_int == 900
    assert total.data_points[0].start_time_unix_nano == 1_700_000_000_000_000_000
    assert total.data_points[0].time_unix_nano == 1_700_000_010_500_000_000


def test_the_json_reads_as_ratio_points_of_the_schemas():
    assert json_points(SAMPLE) == [
        MetricPoint(
            workload=WORKLOAD,
            time_unix_seconds=1_700_000_010.5,
            metric=metric,
            kind="ratio",
            numerator=numerator,
            denominator=denominator,
            revision="3",
        )
        for metric, numerator, denominator in (("accuracy", 152, 160), ("error_ratio", 2, 40))
    ]


def test_a_second_without_requests_sends_neither_latency_nor_ratios():
    sample = msgspec.structs.replace(SAMPLE, seen=IDLE)
    assert set(otlp_metrics(sample)[1]) == {"process_resident_memory_bytes", "requests_total"}
    assert json_points(sample) == []


def test_unlabelled_requests_say_nothing_about_accuracy():
    sample = msgspec.structs.replace(SAMPLE, seen=msgspec.structs.replace(SEEN, labelled=0, correct=0))
    assert [point.metric for point in json_points(sample)] == ["error_ratio"]


def test_memory_that_the_system_does_not_tell_is_not_sent():
    sample = msgspec.structs.replace(SAMPLE, resident_memory_bytes=None)
    assert "process_resident_memory_bytes" not in otlp_metrics(sample)[1]


@pytest.mark.parametrize("default", ["own-json", "otlp-protobuf"])
def test_the_detector_reads_every_point_as_the_workload_and_revision_that_it_is_about(default):
    codec = ByContentType(default)
    decoded = [
        codec.decode(message.value, [("content-type", message.content_type.encode())]) for message in messages(WORKLOAD, SAMPLE)
    ]
    points = [point for some in decoded for point in some.points]
    assert {(point.workload, point.revision) for point in points} == {(WORKLOAD, "3")}
    assert {point.metric for point in points} == {
        "request_latency_p95_seconds",
        "process_resident_memory_bytes",
        "requests_total",
        "accuracy",
        "error_ratio",
    }
