"""
OTLP metrics: each kind keeps its meaning, and what has none is counted by why.
"""

import math

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogram, Metric, Summary

from detector.otlp import DELTA, SERVICE, gauge, histogram, number, request, total
from rollguard_detector.core.readings import Lanes
from rollguard_detector.inputs.otlp_protobuf import OtlpProtobuf


def _decode(*metrics, **options):
    return OtlpProtobuf().decode(request(*metrics, **options), ())


def _readings(*metrics):
    lanes = Lanes()
    return [lanes.read(one) for one in _decode(*metrics).points]


def test_a_cumulative_sum_is_a_counter():
    (one,) = _decode(total(number(5.0))).points
    assert (one.kind, one.value) == ("counter", 5.0)


def test_a_delta_sum_reads_as_the_same_rate_as_the_counter_of_its_totals():
    deltas = total(number(30.0, since=0, at=10), number(60.0, since=10, at=20), temporality=DELTA)
    totals = total(number(0.0, at=0), number(30.0, at=10), number(90.0, at=20))
    assert _readings(deltas) == pytest.approx([3.0, 6.0])
    assert _readings(totals) == ["first-total", pytest.approx(3.0), pytest.approx(6.0)]


def test_a_sum_that_may_fall_is_a_gauge():
    (one,) = _decode(total(number(5.0), monotonic=False)).points
    assert one.kind == "gauge"


def test_a_cumulative_histogram_and_a_delta_histogram_read_the_same():
    cumulative = _readings(histogram((10, 0, 0)), histogram((10, 100, 0), at=1))
    delta = _readings(histogram((0, 100, 0), at=1, temporality=DELTA))
    assert cumulative[1] == pytest.approx(0.195)
    assert delta == pytest.approx([0.195])
    (named,) = _decode(histogram((0, 100, 0), temporality=DELTA)).points
    assert named.metric == "latency_p95"


SKIPPED = {
    "no-recorded-value": gauge(number(0.0, flags=1)),
    "not-finite": gauge(number(math.nan), number(math.inf)),
    "delta-without-start": total(number(5.0), temporality=DELTA),
    "non-monotonic-delta": total(number(5.0, since=0, at=1), temporality=DELTA, monotonic=False),
    "no-temporality": total(number(5.0), temporality=0),
    "no-new-counts": histogram((0, 0, 0), temporality=DELTA),
    "no-buckets": histogram((7,), bounds=()),
    "exponential-histogram": Metric(name="h", exponential_histogram=ExponentialHistogram(data_points=[{}])),
    "summary": Metric(name="s", summary=Summary(data_points=[{}])),
    "out-of-schema": gauge(number(1.0), name=""),
}


@pytest.mark.parametrize("reason", SKIPPED)
def test_what_no_model_can_use_is_counted_by_why(reason):
    decoded = _decode(SKIPPED[reason])
    assert decoded.points == ()
    assert set(decoded.skipped) == {reason}


def test_the_deployment_is_the_workload_where_no_service_is_named():
    resource = {"k8s.namespace.name": "shop", "k8s.deployment.name": "fraud-scorer", "service.name": "half-a-name"}
    (one,) = _decode(gauge(number(1.0)), resource=resource).points
    assert (one.workload, one.revision) == ("shop/fraud-scorer", None)


@pytest.mark.parametrize("resource", [{}, {"service.name": "fraud-scorer"}, {"k8s.namespace.name": "shop"}])
def test_an_unknown_workload_is_counted_and_never_guessed(resource):
    decoded = _decode(gauge(number(1.0), number(2.0)), resource=resource)
    assert (decoded.points, dict(decoded.skipped)) == ((), {"unknown-workload": 2})


def test_a_workload_that_the_schema_forbids_is_counted():
    decoded = _decode(gauge(number(1.0)), resource=SERVICE | {"service.namespace": "Not A Namespace"})
    assert dict(decoded.skipped) == {"out-of-schema": 1}


def test_replicas_are_told_apart():
    (one,) = _decode(gauge(number(1.0)), resource=SERVICE | {"service.instance.id": "pod-1"}).points
    assert one.labels == {"instance": "pod-1"}
