"""
Bytes that real producers wrote: what each is read as. How they were made stands in ``producers/README.md``.
"""

from collections import Counter
from pathlib import Path

import pytest

from detector.worlds import WORKLOAD
from rollguard_detector.core.readings import Lane, metric_of
from rollguard_detector.inputs.by_content_type import codecs

PRODUCERS = Path(__file__).parent / "producers"
CODECS = codecs()


def _read(path, form):
    return CODECS[form].decode((PRODUCERS / path).read_bytes(), ())


def _values(decoded):
    return {one.metric: one.value for one in decoded.points}


SDK = ["opentelemetry/sdk_cumulative.1.otlp", "opentelemetry/sdk_delta.1.otlp", "opentelemetry/collector.otlp_proto"]


@pytest.mark.parametrize(
    ("path", "form"), [*((path, "otlp-protobuf") for path in SDK), ("opentelemetry/collector.otlp_json", "otlp-json")]
)
def test_what_the_opentelemetry_sdk_and_the_collector_write_is_read_whole(path, form):
    decoded = _read(path, form)
    assert {(one.workload, one.revision, one.labels["instance"]) for one in decoded.points} == {(WORKLOAD, "7", "pod-1")}
    assert Counter(one.kind for one in decoded.points) == {"gauge": 2, "counter": 1, "histogram": 2}
    assert _values(decoded)["queue_length"] == 12.0
    assert not decoded.skipped


def test_the_collectors_two_encodings_say_the_same():
    in_protobuf, in_json = (
        _read("opentelemetry/collector.otlp_proto", "otlp-protobuf"),
        _read("opentelemetry/collector.otlp_json", "otlp-json"),
    )
    assert in_protobuf.points == in_json.points


@pytest.mark.parametrize("temporality", ["cumulative", "delta"])
def test_both_temporalities_read_as_the_same_numbers(temporality):
    lanes, read = {}, {}
    for step in (0, 1):
        for one in _read(f"opentelemetry/sdk_{temporality}.{step}.otlp", "otlp-protobuf").points:
            read[metric_of(one)] = lanes.setdefault(metric_of(one), Lane()).read(one)
    # The second collection counted 100 values from 0.008 to 0.8 s, 95 % of which lie below 0.76 s.
    assert read["latency_p95"] == 0.4  # beyond the last bound
    assert read["exponential_p95"] == pytest.approx(0.76, rel=0.02)
    assert read["requests"] > 100.0  # a hundred in a fraction of a second


def test_prometheus_remote_write_is_read_with_its_histogram_put_together():
    decoded = _read("prometheus/samples.bin", "remote-write")
    assert {(one.workload, one.revision) for one in decoded.points} == {(WORKLOAD, "7")}
    by_name = {one.metric: one for one in decoded.points}
    assert (by_name["requests_total"].kind, by_name["requests_total"].value) == ("counter", 740.0)
    assert (by_name["latency_seconds"].bounds, sum(by_name["latency_seconds"].counts)) == ((0.1, 0.2, 0.4), 740)
    assert dict(decoded.skipped) == {"created-time": 3, "not-finite": 1}


def test_the_mark_of_a_target_that_went_away_is_a_gap_and_metadata_is_no_point():
    assert dict(_read("prometheus/stale.bin", "remote-write").skipped) == {"stale": 14}
    assert _values(_read("prometheus/stale.bin", "remote-write"))["up"] == 0.0
    assert _read("prometheus/metadata.bin", "remote-write").points == ()


TELEGRAF = {
    "model_server_bytes": float(1 << 63),
    "model_server_healthy": 1.0,
    "model_server_latency_seconds": 0.125,
    "model_server_requests": 42.0,
}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("telegraf/json.single", "telegraf-json"),
        ("telegraf/json_ms.batch", "telegraf-json"),
        ("telegraf/json.batch", "telegraf-json"),
        ("telegraf/influx.single", "influx-line"),
        ("telegraf/influx.batch", "influx-line"),
        ("telegraf/cloudevents.single", "cloud-events"),
        ("telegraf/cloudevents.batch", "cloud-events"),
        ("telegraf/cloudevents.batch", "telegraf-json"),
        ("telegraf/cloudevents_metrics.batch", "cloud-events"),
        ("telegraf/remote_write.batch", "remote-write"),
    ],
)
def test_what_telegraf_writes_is_read_in_each_of_its_formats(path, form):
    decoded = _read(path, form)
    assert _values(decoded).items() >= TELEGRAF.items()
    assert {(one.workload, one.revision) for one in decoded.points} == {(WORKLOAD, "7")}
    assert {tuple(sorted(one.labels.items())) for one in decoded.points} == {(("host", "node 1"), ("odd", "a,b=c d\\e"))}
    assert {int(one.time_unix_seconds) for one in decoded.points} <= {1_700_000_000, 1_700_000_001}
