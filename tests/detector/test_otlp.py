"""
OTLP metrics, in either encoding: each kind keeps its meaning, and what has none is counted by why.
"""

import json
import math

import msgspec
import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from detector.otlp import DELTA, SERVICE, exponential, gauge, histogram, number, request, summary, total
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.readings import Lane, metric_of
from rollguard_detector.inputs.otlp_json import OtlpJson
from rollguard_detector.inputs.otlp_protobuf import OtlpProtobuf
from rollguard_schemas.codec import Malformed


def as_json(value):
    """Write a request as the Collector does: protobuf's JSON mapping with enums as numbers."""
    return json.dumps(MessageToDict(ExportMetricsServiceRequest.FromString(value), use_integers_for_enums=True)).encode()


class Encoding:
    def __init__(self, codec, write):
        self._codec, self._write = codec(Identities()), write

    def decode(self, *metrics, **options):
        return self._codec.decode(self._write(request(*metrics, **options)), ())

    def readings(self, *metrics):
        lane = Lane()
        return [lane.read(one) for one in self.decode(*metrics).points]


@pytest.fixture(params=[(OtlpProtobuf, bytes), (OtlpJson, as_json)], ids=["protobuf", "json"])
def otlp(request):
    return Encoding(*request.param)


def test_a_cumulative_sum_is_a_counter_with_its_start(otlp):
    (one,) = otlp.decode(total(number(5.0, since=-10))).points
    assert (one.kind, one.value, one.temporality) == ("counter", 5.0, "cumulative")
    assert one.time_unix_seconds - one.start_unix_seconds == pytest.approx(10.0)


def test_a_delta_sum_reads_as_the_same_rate_as_the_counter_of_its_totals(otlp):
    deltas = total(number(30.0, since=0, at=10), number(60.0, since=10, at=20), temporality=DELTA)
    totals = total(number(0.0, at=0), number(30.0, at=10), number(90.0, at=20))
    assert otlp.readings(deltas) == pytest.approx([3.0, 6.0])
    assert otlp.readings(totals) == ["first-total", pytest.approx(3.0), pytest.approx(6.0)]


def test_a_delta_sum_without_a_start_is_spread_over_the_time_since_the_point_before(otlp):
    assert otlp.readings(total(number(30.0), number(60.0, at=20), temporality=DELTA)) == ["first-total", pytest.approx(3.0)]


def test_a_total_that_began_anew_is_seen_by_its_start(otlp):
    totals = total(number(100.0, since=-60, at=0), number(120.0, since=5, at=10))
    assert otlp.readings(totals) == ["first-total", pytest.approx(12.0)]


def test_a_sum_that_may_fall_is_a_gauge(otlp):
    (one,) = otlp.decode(total(number(5.0), monotonic=False)).points
    assert one.kind == "gauge"


def test_a_cumulative_histogram_and_a_delta_histogram_read_the_same(otlp):
    cumulative = otlp.readings(histogram((10, 0, 0)), histogram((10, 100, 0), at=1))
    delta = histogram((0, 100, 0), at=1, temporality=DELTA)
    assert cumulative[1] == pytest.approx(0.195)
    assert otlp.readings(delta) == pytest.approx([0.195])
    assert [metric_of(one) for one in otlp.decode(delta).points] == ["latency_p95"]


def test_an_exponential_histogram_reads_as_a_quantile_within_its_bucket(otlp):
    (p95,) = otlp.readings(exponential([0, 100], offset=-4, scale=1, temporality=DELTA))
    assert 2.0 ** (-3 / 2) <= p95 <= 2.0 ** (-2 / 2)


def test_an_exponential_histogram_is_read_across_a_change_of_scale(otlp):
    before = exponential([50, 50], offset=0, scale=1)
    after = exponential([100, 40], offset=0, scale=0, at=1)
    assert otlp.readings(before, after) == ["first-total", pytest.approx(3.9)]


def test_a_summary_is_a_gauge_for_each_quantile(otlp):
    points = otlp.decode(summary({0.5: 0.1, 0.95: 0.3, 0.999: 0.9})).points
    assert {one.metric: one.value for one in points} == {"latency_p50": 0.1, "latency_p95": 0.3, "latency_p99.9": 0.9}


SKIPPED = {
    "no-recorded-value": [
        gauge(number(0.0, flags=1)),
        total(number(0.0, flags=1)),
        histogram((1, 2, 3), flags=1),
        exponential([1], flags=1),
        summary({0.5: 1.0}, flags=1),
    ],
    "not-finite": [gauge(number(math.nan)), gauge(number(math.inf))],
    "non-monotonic-delta": [total(number(5.0, since=0, at=1), temporality=DELTA, monotonic=False)],
    "no-temporality": [total(number(5.0), temporality=0), histogram((1, 2, 3), temporality=0)],
    "no-buckets": [histogram((7,), bounds=()), histogram((1, 2), bounds=(0.2, 0.1)), histogram((1, 2, 3), bounds=(0.2, 0.1))],
    "buckets-out-of-range": [exponential([1], scale=21), exponential([1], offset=2_000)],
    "no-quantiles": [summary({})],
    "out-of-schema": [gauge(number(1.0), name="")],
}


@pytest.mark.parametrize("reason", SKIPPED)
def test_what_no_model_can_use_is_counted_by_why(otlp, reason):
    decoded = otlp.decode(*SKIPPED[reason])
    assert decoded.points == ()
    assert dict(decoded.skipped) == {reason: len(SKIPPED[reason])}


def test_the_deployment_is_the_workload_where_no_service_is_named(otlp):
    resource = {"k8s.namespace.name": "shop", "k8s.deployment.name": "fraud-scorer", "service.name": "half-a-name"}
    (one,) = otlp.decode(gauge(number(1.0)), resource=resource).points
    assert (one.workload, one.revision) == ("shop/fraud-scorer", None)


def test_a_point_may_say_whose_it_is_where_its_resource_does_not(otlp):
    measured = gauge(number(1.0, namespace="shop", deployment="fraud-scorer", version="7", shard="a"))
    (one,) = otlp.decode(measured, resource={"host.name": "node-1"}).points
    assert (one.workload, one.revision, one.labels) == ("shop/fraud-scorer", "7", {"instance": "node-1", "shard": "a"})


@pytest.mark.parametrize("resource", [{}, {"service.name": "fraud-scorer"}, {"k8s.namespace.name": "shop"}])
def test_an_unknown_workload_is_counted_and_never_guessed(otlp, resource):
    decoded = otlp.decode(gauge(number(1.0), number(2.0)), resource=resource)
    assert (decoded.points, dict(decoded.skipped)) == ((), {"unknown-workload": 2})


def test_a_workload_that_the_schema_forbids_is_counted(otlp):
    decoded = otlp.decode(gauge(number(1.0)), resource=SERVICE | {"service.namespace": "Not A Namespace"})
    assert dict(decoded.skipped) == {"out-of-schema": 1}


def test_replicas_are_told_apart(otlp):
    (one,) = otlp.decode(gauge(number(1.0)), resource=SERVICE | {"service.instance.id": "pod-1"}).points
    assert one.labels == {"instance": "pod-1"}


REQUEST = json.loads(as_json(request(gauge(number(1.0)), total(number(5.0)))))


def _json_points(change):
    document = json.loads(json.dumps(REQUEST))
    change(document["resourceMetrics"][0]["scopeMetrics"][0]["metrics"])
    return OtlpJson(Identities()).decode(json.dumps(document).encode(), ()).points


def _set_first(**fields):
    return lambda metrics: metrics[0]["gauge"]["dataPoints"][0].update(fields)


def test_in_json_a_64_bit_integer_may_be_text_or_a_number():
    as_text = _json_points(_set_first(asDouble=None, asInt="9007199254740993", timeUnixNano="1700000000000000000"))
    as_number = _json_points(_set_first(asDouble=None, asInt=9007199254740993, timeUnixNano=1700000000000000000))
    assert as_text == as_number
    assert as_text[0].value == 9007199254740993.0


def test_in_json_what_is_not_known_is_passed_over():
    change = _set_first(exemplars=[{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174"}], new=[{"a": 1}])
    assert _json_points(change) == _json_points(lambda _: None)


@pytest.mark.parametrize("fields", [{"asInt": 10**400}, {"asDouble": "1e999"}, {"timeUnixNano": "x"}, {"attributes": {}}])
def test_in_json_what_is_no_number_is_malformed(fields):
    with pytest.raises(Malformed):
        _json_points(_set_first(**({"asDouble": None} | fields)))


@pytest.mark.parametrize("nanos", [-1, 1 << 64, 10**40])
def test_a_time_beyond_64_bits_fits_no_schema(nanos):
    assert [one.kind for one in _json_points(_set_first(timeUnixNano=nanos))] == ["counter"]


def test_points_keep_the_bounds_of_the_schema(otlp):
    for one in otlp.decode(gauge(number(1.0)), exponential([1, 2]), summary({0.5: 1.0}), total(number(1.0, since=-1))).points:
        assert msgspec.convert(msgspec.to_builtins(one), type(one)) == one
