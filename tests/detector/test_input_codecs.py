"""
What holds for every input codec: points come out as they went in, and bytes that are no such thing are malformed, never worse.
"""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.otlp import gauge, number, request
from detector.worlds import METRIC_TIME_TOLERANCE_SECONDS, START, WORKLOAD, point
from rollguard_detector.inputs.by_content_type import CODECS, PROTOBUF_CONTENT_TYPE, ByContentType
from rollguard_schemas import codec
from rollguard_schemas.codec import JSON_CONTENT_TYPE, Malformed
from rollguard_schemas.metrics import MetricBatch
from rollguard_schemas.topics import METRICS


def _own(event):
    record = codec.encode(METRICS, event, source="/test", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    return record.value, record.headers


def _one_gauge_as_own_json():
    return _own(point(12.0, at=1.5, metric="queue_length", labels={"shard": "a"}, unit="1"))


def _one_gauge_as_otlp():
    headers = (("content-type", PROTOBUF_CONTENT_TYPE.encode()), ("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"))
    return request(gauge(number(12.0, at=1.5, shard="a"))), headers


ONE_GAUGE = {JSON_CONTENT_TYPE: _one_gauge_as_own_json, PROTOBUF_CONTENT_TYPE: _one_gauge_as_otlp}


@pytest.fixture(params=ONE_GAUGE)
def content_type(request):
    return request.param


def test_a_gauge_comes_out_as_it_went_in(content_type):
    decoded = CODECS[content_type].decode(*ONE_GAUGE[content_type]())
    (one,) = decoded.points
    assert (one.workload, one.metric, one.kind, one.value, one.unit) == (WORKLOAD, "queue_length", "gauge", 12.0, "1")
    assert (one.revision, one.labels) == ("7", {"shard": "a"})
    assert one.time_unix_seconds == pytest.approx(START + 1.5, abs=METRIC_TIME_TOLERANCE_SECONDS)
    assert decoded.traceparent.startswith("00-aaaa")
    assert not decoded.skipped


def test_the_header_chooses_the_codec(content_type):
    value, headers = ONE_GAUGE[content_type]()
    other = next(one for one in ONE_GAUGE if one != content_type)
    assert len(ByContentType(other).decode(value, headers).points) == 1


def test_without_a_header_the_default_decides(content_type):
    value, _ = ONE_GAUGE[content_type]()
    assert len(ByContentType(content_type).decode(value, ()).points) == 1


def test_a_content_type_may_carry_parameters_and_capitals(content_type):
    value, _ = ONE_GAUGE[content_type]()
    headers = (("Content-Type", f"{content_type.upper()}; charset=utf-8".encode()),)
    assert len(ByContentType(JSON_CONTENT_TYPE).decode(value, headers).points) == 1


@pytest.mark.parametrize("value", [None, b"\xff\xfe", b"{", b"\x0a\xff", b'{"type":"breach-forecast"}'])
def test_what_is_no_such_thing_is_malformed(content_type, value):
    with pytest.raises(Malformed):
        CODECS[content_type].decode(value, ())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(ONE_GAUGE)), st.binary(max_size=200))
def test_no_bytes_raise_anything_but_malformed(content_type, value):
    with suppress(Malformed):
        CODECS[content_type].decode(value, ())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(ONE_GAUGE)), st.integers(0, 10_000), st.integers(0, 255))
def test_a_flipped_byte_raises_nothing_but_malformed(content_type, place, byte):
    value, headers = ONE_GAUGE[content_type]()
    spoilt = bytearray(value)
    spoilt[place % len(spoilt)] = byte
    with suppress(Malformed):
        decoded = CODECS[content_type].decode(bytes(spoilt), headers)
        assert len(decoded.points) + sum(decoded.skipped.values()) <= 1


def test_a_batch_of_own_json_is_several_points():
    batch = MetricBatch(points=(point(1.0), point(2.0, at=1)))
    assert CODECS[JSON_CONTENT_TYPE].decode(*_own(batch)).points == batch.points
