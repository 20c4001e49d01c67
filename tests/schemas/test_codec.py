"""The codec: what is written is read, and what is no event is refused with a reason, never with another exception."""

import json
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, from_structured, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from rollguard_schemas import codec, topics
from rollguard_schemas.codec import Malformed
from rollguard_schemas.metrics import MetricBatch, MetricPoint

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
EVERY_EXAMPLE = sorted(EXAMPLES.glob("*/*.json"))

finite = st.floats(allow_nan=False, allow_infinity=False)
points = st.builds(
    MetricPoint,
    workload=st.from_regex(r"[a-z0-9]{1,9}/[A-Za-z0-9]{1,9}", fullmatch=True),
    time_unix_seconds=st.floats(0, 253_402_300_799),
    metric=st.text(min_size=1, max_size=40),
    kind=st.just("gauge"),
    value=finite,
    numerator=st.none(),
    denominator=st.none(),
    bounds=st.just(()),
    counts=st.just(()),
    unit=st.text(max_size=9),
    revision=st.none() | st.text(min_size=1, max_size=9),
    labels=st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3),
)


def _event(path: Path) -> object:
    return codec.decode_value(topics.BY_NAME[path.parent.name], path.read_bytes())


@pytest.mark.parametrize("path", EVERY_EXAMPLE, ids=lambda path: path.stem)
def test_every_event_survives_the_way_there_and_back(path):
    topic, event = topics.BY_NAME[path.parent.name], _event(path)

    record = codec.encode(topic, event, source="/test", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    decoded = codec.decode(topic, record.value, record.headers)

    assert decoded.event == event
    assert decoded.source == "/test"
    assert decoded.traceparent == "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    assert record.key == codec.workload_of(event).encode()


@given(st.lists(points, min_size=1, max_size=4))
def test_any_batch_of_points_survives_the_way_there_and_back(batch):
    event = MetricBatch(points=tuple(batch))

    record = codec.encode(topics.METRICS, event, source="/test")

    assert codec.decode(topics.METRICS, record.value, record.headers).event == event


@given(
    st.binary(max_size=200),
    st.lists(st.tuples(st.sampled_from(["ce_type", "content-type", "traceparent"]), st.binary(max_size=20))),
)
def test_any_bytes_either_decode_or_are_malformed(value, headers):
    for topic in topics.TOPICS:
        with suppress(Malformed):
            codec.decode(topic, value, headers)


@given(
    st.recursive(
        st.none() | st.booleans() | finite | st.text(max_size=9),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
    )
)
def test_any_json_either_decodes_or_is_malformed(document):
    value = json.dumps(document).encode()
    for topic in topics.TOPICS:
        with suppress(Malformed):
            codec.decode(topic, value)


def test_a_structured_cloud_event_written_by_the_official_library_is_read():
    path = EXAMPLES / "rollguard-signals" / "breach-forecast.1.json"
    event = _event(path)
    cloud_type = codec.cloud_event_type(type(event))
    attributes = {
        "id": "x-1",
        "source": "/elsewhere",
        "type": cloud_type,
        "specversion": "1.0",
        "datacontenttype": "application/json",
    }
    message = to_structured(CloudEvent(attributes=attributes, data=json.loads(path.read_text())), JSONFormat())

    decoded = codec.decode(topics.SIGNALS, message.value, [(name, bytes(content)) for name, content in message.headers.items()])

    assert (decoded.event, decoded.id, decoded.source) == (event, "x-1", "/elsewhere")


@pytest.mark.parametrize("path", EVERY_EXAMPLE, ids=lambda path: path.stem)
def test_the_official_library_reads_what_is_written(path):
    topic, event = topics.BY_NAME[path.parent.name], _event(path)
    record = codec.encode(topic, event, source="/test")

    read = from_binary(KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value), JSONFormat())

    assert read.get_type() == codec.cloud_event_type(type(event))
    assert read.get_source() == "/test"
    assert read.get_subject() == codec.workload_of(event)


def test_a_structured_event_that_the_official_library_cannot_read_is_malformed_here_too():
    value, headers = b'{"specversion": "1.0", "data": {}}', {"content-type": b"application/cloudevents+json"}
    with pytest.raises(Exception, match=r"(?s).+"):
        from_structured(KafkaMessage(headers=headers, key=None, value=value), JSONFormat())

    with pytest.raises(Malformed, match="required"):
        codec.decode(topics.SIGNALS, value, list(headers.items()))


@pytest.mark.parametrize(
    ("value", "reason", "place"),
    [
        (b"\x00\xff", "not-json", "byte 0"),
        (b'{"type": "metric-point", "workload"', "not-json", "truncated"),
        (
            b'{"type": "metric-point", "workload": "a/b", "time_unix_seconds": 1, "metric": "m", "value": NaN}',
            "not-json",
            "invalid",
        ),
        (
            b'{"type": "metric-point", "workload": "a/b", "time_unix_seconds": 1, "metric": "m", "value": 1e999}',
            "wrong-shape",
            "$.value",
        ),
        (
            b'{"type": "metric-point", "workload": "a/b", "time_unix_seconds": 1e300, "metric": "m", "value": 1}',
            "wrong-shape",
            "$.time",
        ),
        (b'{"type": "metric-point", "workload": "nowhere", "time_unix_seconds": 1, "metric": "m"}', "wrong-shape", "$.workload"),
        (b'{"type": "metric-point", "workload": "a/b", "time_unix_seconds": 1, "metric": "m"}', "wrong-shape", "value"),
        (b'{"type": "surprise"}', "unknown-type", "surprise"),
        (b"[" * 50_000, "wrong-shape", "object"),
    ],
)
def test_the_reason_and_the_place_of_what_is_wrong_are_named(value, reason, place):
    with pytest.raises(Malformed) as caught:
        codec.decode(topics.METRICS, value)

    assert (caught.value.reason, place in caught.value.detail) == (reason, True)


def test_a_header_that_contradicts_the_value_is_refused():
    value = (EXAMPLES / "rollguard-signals" / "breach-forecast.1.json").read_bytes()

    with pytest.raises(Malformed, match="the header says"):
        codec.decode(topics.SIGNALS, value, [("ce_type", b"dev.rollguard.anomaly-opened.v1")])


def test_a_missing_value_deletes_on_a_compacted_topic_and_means_nothing_elsewhere():
    assert codec.decode(topics.POLICIES, None).event is None
    with pytest.raises(Malformed, match="not compacted"):
        codec.decode(topics.SIGNALS, None)


def test_a_number_that_json_cannot_carry_is_refused_by_the_writer():
    point = MetricPoint(workload="a/b", time_unix_seconds=1.0, metric="m", value=float("nan"))

    with pytest.raises(ValueError, match="nan"):
        codec.encode(topics.METRICS, point, source="/test")


def test_an_event_does_not_go_on_a_topic_that_is_not_its_own():
    point = MetricPoint(workload="a/b", time_unix_seconds=1.0, metric="m", value=1.0)

    with pytest.raises(ValueError, match="does not belong on rollguard-signals"):
        codec.encode(topics.SIGNALS, point, source="/test")


def test_unknown_fields_of_a_newer_writer_are_passed_over():
    newer = json.loads((EXAMPLES / "rollguard-outcomes" / "succeeded.1.json").read_text()) | {"mood": "relieved"}

    assert codec.decode(topics.OUTCOMES, msgspec.json.encode(newer)).event.summary
