"""
Prometheus samples in both formats: what names and labels mean, and what a request may not do.
"""

import math
import struct

import cramjam
import pytest

from detector.wire import LABELS, packed, prometheus_json, write_request, write_request_2
from detector.worlds import START
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.inputs.prometheus_json import PrometheusJson
from rollguard_detector.inputs.prompb.remote_pb2 import WriteRequest
from rollguard_detector.inputs.prompb.types_pb2 import MetricMetadata
from rollguard_detector.inputs.prompb.write_v2_pb2 import Request
from rollguard_detector.inputs.remote_write import MAX_UNPACKED_BYTES, RemoteWrite
from rollguard_schemas.codec import Malformed

MILLIS = round(START * 1000)
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def _named(name, **labels):
    return {"__name__": name} | LABELS | labels


def _read(value, kinds=None):
    return RemoteWrite(Identities(), Kinds(kinds)).decode(value, ())


def _kind(name, kinds=None):
    (one,) = _read(write_request((_named(name), [(5.0, 0)])), kinds).points
    return one.kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("requests_total", "counter"),
        ("latency_seconds_sum", "counter"),
        ("latency_seconds_count", "counter"),
        ("queue_length", "gauge"),
        ("nv_inference_request_success", "counter"),
        ("nv_inference_pending_request_count", "gauge"),
    ],
)
def test_a_name_says_whether_it_is_a_total(name, kind):
    assert _kind(name) == kind


def test_an_operators_word_goes_before_the_ending():
    assert _kind("jobs_total", {"jobs_*": "gauge"}) == "gauge"


def test_metadata_in_the_same_request_goes_before_the_name():
    typed = [MetricMetadata(type=MetricMetadata.COUNTER, metric_family_name="handled")]
    (one,) = _read(write_request((_named("handled"), [(5.0, 0)]), metadata=typed)).points
    assert one.kind == "counter"


def _buckets(*pairs, at=0, name="latency_seconds_bucket"):
    return [(_named(name, le=bound), [(total, at)]) for bound, total in pairs]


def test_buckets_of_one_instant_are_put_together():
    series = [*_buckets(("0.2", 30.0), ("+Inf", 40.0), ("0.1", 10.0)), *_buckets(("0.1", 12.0), ("+Inf", 50.0), at=1)]
    first, second = _read(write_request(*series)).points
    assert (first.metric, first.bounds, first.counts) == ("latency_seconds", (0.1, 0.2), (10, 20, 10))
    assert (second.bounds, second.counts) == ((0.1,), (12, 38))
    assert first.labels == {"shard": "a"}


@pytest.mark.parametrize("pairs", [[("0.1", 10.0)], [("0.1", 10.5), ("+Inf", 11.0)]])
def test_a_histogram_in_pieces_is_counted(pairs):
    decoded = _read(write_request(*_buckets(*pairs)))
    assert (decoded.points, dict(decoded.skipped)) == ((), {"partial-histogram": len(pairs)})


def test_buckets_that_fall_are_no_histogram():
    decoded = _read(write_request(*_buckets(("0.1", 10.0), ("+Inf", 5.0))))
    assert dict(decoded.skipped) == {"no-buckets": 1}


def test_a_quantile_goes_by_the_name_that_a_histogram_would():
    (one,) = _read(write_request((_named("latency_seconds", quantile="0.95"), [(0.3, 0)]))).points
    assert (one.metric, one.kind, one.labels) == ("latency_seconds_p95", "gauge", {"shard": "a"})


@pytest.mark.parametrize(("value", "reason"), [(STALE, "stale"), (math.nan, "not-finite"), (math.inf, "not-finite")])
def test_what_is_no_number_is_counted_by_why(value, reason):
    decoded = _read(write_request((_named("queue_length"), [(value, 0)])))
    assert (decoded.points, dict(decoded.skipped)) == ((), {reason: 1})


def _native(**fields):
    message = WriteRequest()
    series = message.timeseries.add()
    for name, text in _named("latency_seconds").items():
        series.labels.add(name=name, value=text)
    series.histograms.add(**({"schema": 0, "timestamp": MILLIS, "sum": 1.0, "count_int": 1} | fields))
    return packed(message)


def test_a_native_histogram_has_its_edges_one_below_its_index():
    spans, deltas = [{"offset": 1, "length": 2}, {"offset": 1, "length": 1}], [3, -1, 3]
    (one,) = _read(_native(count_int=12, zero_count_int=2, positive_spans=spans, positive_deltas=deltas)).points
    assert one.bounds == (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
    assert one.counts == (2, 0, 3, 2, 0, 5, 0)


def test_a_native_histogram_may_have_bounds_of_its_own():
    custom = {
        "schema": -53,
        "custom_values": [0.1, 0.2],
        "positive_spans": [{"offset": 0, "length": 3}],
        "positive_deltas": [5, 1, -4],
    }
    (one,) = _read(_native(**custom)).points
    assert (one.bounds, one.counts) == ((0.1, 0.2), (5, 6, 2))


def test_a_gauge_histogram_is_read_as_it_is():
    spans = [{"offset": 0, "length": 1}]
    (one,) = _read(_native(positive_spans=spans, positive_deltas=[3], reset_hint=3)).points
    assert one.temporality == "delta"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"sum": STALE}, "stale"),
        ({"count_int": None, "count_float": 1.0}, "float-histogram"),
        ({"positive_spans": [{"offset": 0, "length": 4_000_000_000}]}, "buckets-out-of-range"),
        (
            {"positive_spans": [{"offset": 0, "length": 1}, {"offset": 2_000_000_000, "length": 1}], "positive_deltas": [1, 1]},
            "buckets-out-of-range",
        ),
        ({"positive_spans": [{"offset": 0, "length": 2}], "positive_deltas": [1]}, "buckets-out-of-range"),
        ({"schema": 99, "positive_spans": [{"offset": 0, "length": 1}], "positive_deltas": [1]}, "buckets-out-of-range"),
        ({"positive_spans": [{"offset": 0, "length": 1}], "positive_deltas": [-1]}, "no-buckets"),
    ],
)
def test_a_native_histogram_that_cannot_be_read_is_counted_by_why(fields, reason):
    decoded = _read(_native(**fields))
    assert (decoded.points, dict(decoded.skipped)) == ((), {reason: 1})


def test_version_2_says_the_kind_and_the_start():
    sample = {"value": 5.0, "timestamp": MILLIS + 10_000, "start_timestamp": MILLIS}
    (one,) = _read(write_request_2((_named("handled"), [sample], 1))).points
    assert (one.kind, one.start_unix_seconds, one.revision) == ("counter", START, "7")


def test_version_2_with_a_symbol_that_is_not_there_is_malformed():
    message = Request(symbols=["", "a"])
    message.timeseries.add(labels_refs=[1, 7])
    with pytest.raises(Malformed):
        _read(packed(message))


def test_what_would_unpack_to_too_much_is_malformed_before_it_is_unpacked():
    announced = MAX_UNPACKED_BYTES + 1
    varint = bytes([announced & 0x7F | 0x80, announced >> 7 & 0x7F | 0x80, announced >> 14 & 0x7F | 0x80, announced >> 21])
    assert cramjam.snappy.decompress_raw_len(varint + b"\0") == announced
    with pytest.raises(Malformed, match="would unpack"):
        _read(varint + b"\0")


def _one(**fields):
    return PrometheusJson(Identities(), Kinds()).decode(prometheus_json(**fields), ())


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
def test_in_json_a_number_that_is_none_is_text_and_counted(value):
    assert dict(_one(value=value).skipped) == {"not-finite": 1}


@pytest.mark.parametrize("fields", [{"value": "twelve"}, {"timestamp": "yesterday"}, {"timestamp": "2026-01-01T00:00:00"}])
def test_in_json_text_that_is_no_number_and_no_instant_is_malformed(fields):
    with pytest.raises(Malformed):
        _one(**fields)


def test_in_json_a_time_may_be_milliseconds_in_digits():
    (one,) = _one(timestamp=str(MILLIS + 250)).points
    assert one.time_unix_seconds == START + 0.25


def test_in_json_a_bucket_stands_alone_and_is_counted():
    assert dict(_one(name="latency_seconds_bucket", labels=LABELS | {"le": "0.1"}).skipped) == {"partial-histogram": 1}
