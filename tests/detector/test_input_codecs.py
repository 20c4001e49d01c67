"""
What holds for every input codec: points come out as they went in, and bytes that are no such thing are malformed, never worse.
"""

from typing import get_args

import msgspec
import pytest

from detector.wire import AT, ONE_GAUGE, TRACEPARENT
from detector.worlds import METRIC_TIME_TOLERANCE_SECONDS, START, WORKLOAD, point
from rollguard_detector.core.ports import Origin
from rollguard_detector.inputs.by_content_type import BATCH_CONTENT_TYPE, PROTOBUF_CONTENT_TYPE, ByContentType, codecs
from rollguard_detector.settings import Format
from rollguard_schemas import codec
from rollguard_schemas.codec import JSON_CONTENT_TYPE, STRUCTURED_CONTENT_TYPE, Malformed
from rollguard_schemas.metrics import MetricBatch
from rollguard_schemas.topics import METRICS

CODECS = codecs()
FORMATS = sorted(ONE_GAUGE)
MESSAGES = {name: ONE_GAUGE[name]() for name in FORMATS}


each_format = pytest.mark.parametrize("form", FORMATS)


def test_every_format_is_held_to_this_suite():
    assert set(FORMATS) == set(get_args(Format)) == set(CODECS)


@each_format
def test_a_gauge_comes_out_as_it_went_in(form):
    decoded = CODECS[form].decode(*MESSAGES[form])
    (one,) = decoded.points
    assert (one.workload, one.metric, one.kind, one.value) == (WORKLOAD, "queue_length", "gauge", 12.0)
    assert (one.revision, one.labels) == ("7", {"shard": "a"})
    assert one.time_unix_seconds == pytest.approx(START + AT, abs=METRIC_TIME_TOLERANCE_SECONDS)
    assert decoded.traceparent == TRACEPARENT
    assert not decoded.skipped


@each_format
@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe", b"{", b"\x0a\xff", b"[", b"null", b'{"type":"breach-forecast"}', b"x"])
def test_what_is_no_such_thing_is_malformed(form, value):
    with pytest.raises(Malformed):
        CODECS[form].decode(value, ())


@each_format
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"metrics":[', b'{"data":', b"\x91", b"\x81\xa1a"])
def test_what_is_nested_without_end_is_malformed(form, opening):
    with pytest.raises(Malformed):
        CODECS[form].decode(opening * 100_000, ())


OWN_TYPE = {
    "own-msgpack": "application/msgpack",
    "cloud-events": STRUCTURED_CONTENT_TYPE,
    "own-json": JSON_CONTENT_TYPE,
    "otlp-protobuf": PROTOBUF_CONTENT_TYPE,
}


@pytest.mark.parametrize("form", OWN_TYPE)
@pytest.mark.parametrize("default", ["own-msgpack", "influx-line"])
@pytest.mark.parametrize("write", [str, str.upper, lambda text: f"{text}; charset=utf-8"])
def test_a_content_type_chooses_the_codec(form, default, write):
    headers = (("Content-Type", write(OWN_TYPE[form]).encode()),)
    assert len(ByContentType(default).decode(MESSAGES[form][0], headers).points) == 1


@each_format
def test_without_a_header_the_topic_decides_and_without_a_topic_the_default(form):
    value, _ = MESSAGES[form]
    other = next(one for one in FORMATS if one != form)
    by_topic = ByContentType(other, {"their-metrics": form})
    assert len(by_topic.decode(value, (), Origin("their-metrics")).points) == 1
    assert len(ByContentType(form).decode(value, (), Origin("their-metrics")).points) == 1
    with pytest.raises(Malformed):
        by_topic.decode(value, (), Origin("another-topic"))


@pytest.mark.parametrize("form", ["own-json", "otlp-json", "prometheus-json", "telegraf-json", "vector-json"])
def test_a_content_type_that_formats_share_leaves_the_topic_its_say(form):
    chosen = ByContentType("own-msgpack", {"theirs": form})
    headers = (("content-type", b"application/json"),)
    assert len(chosen.decode(MESSAGES[form][0], headers, Origin("theirs")).points) == 1


@pytest.mark.parametrize(
    "headers",
    [
        (("content-type", b"application/x-protobuf"), ("content-encoding", b"snappy")),
        (("content-type", b"application/x-protobuf;proto=prometheus.WriteRequest"),),
    ],
)
def test_a_write_request_is_known_by_its_headers(headers):
    assert len(ByContentType("own-json").decode(MESSAGES["remote-write"][0], headers).points) == 1


def test_an_array_of_events_is_read_event_by_event():
    value, _ = MESSAGES["cloud-events"]
    decoded = ByContentType("own-json").decode(b"[" + value + b"," + value + b"]", (("content-type", BATCH_CONTENT_TYPE.encode()),))
    assert [one.value for one in decoded.points] == [12.0, 12.0]
    assert decoded.traceparent == TRACEPARENT


def test_an_event_of_a_stranger_is_malformed():
    value = b'{"specversion":"1.0","id":"1","source":"s","type":"com.example.thing","data":{}}'
    with pytest.raises(Malformed, match=r"com\.example\.thing"):
        CODECS["cloud-events"].decode(value, ())


BATCH = MetricBatch(points=(point(1.0), point(2.0, at=1)))


def test_a_batch_of_our_own_is_several_points():
    record = codec.encode(METRICS, BATCH, source="/test")
    assert CODECS["own-json"].decode(record.value, record.headers).points == BATCH.points
    assert CODECS["own-msgpack"].decode(msgspec.msgpack.encode(BATCH), ()).points == BATCH.points


@pytest.mark.parametrize(
    "header", [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\x82\xa4type\xacmetric-batch\xa6points\xdd\xff\xff\xff\xff"]
)
def test_a_length_that_is_only_announced_is_malformed(header):
    with pytest.raises(Malformed):
        CODECS["own-msgpack"].decode(header, ())
