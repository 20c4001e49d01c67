"""
Attributes of OTLP that are known by their bytes say what they said when they were read.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

from detector.otlp import SERVICE, gauge, histogram, number, request, total
from rollguard_detector.core.identity import Identities
from rollguard_detector.inputs.otlp_attributes import KnownAttributes, texts
from rollguard_detector.inputs.otlp_messages import EXPORT_REQUEST
from rollguard_detector.inputs.otlp_protobuf import OtlpProtobuf
from rollguard_schemas.codec import Malformed

LABELS = st.dictionaries(st.sampled_from(["zone", "pod", "namespace", "deployment", "version"]), st.text(max_size=3), max_size=4)
RESOURCES = st.sampled_from([SERVICE, {"host.name": "node-1"}, {}])
METRICS = st.lists(
    st.builds(
        lambda make, labels: make(labels),
        st.sampled_from(
            [
                lambda labels: gauge(number(1.0, **labels), number(2.0, at=1, **labels)),
                lambda labels: total(number(5.0, **labels)),
                lambda _: histogram((1, 2, 3)),
            ]
        ),
        LABELS,
    ),
    max_size=5,
)


@given(st.lists(st.tuples(METRICS, RESOURCES), min_size=1, max_size=5))
def test_a_codec_that_knows_the_attributes_says_what_a_new_one_says(requests):
    experienced = OtlpProtobuf(Identities())
    values = [request(*metrics, resource=resource) for metrics, resource in requests]
    for value in values * 2:
        assert experienced.decode(value, ()) == OtlpProtobuf(Identities()).decode(value, ())


@given(METRICS, RESOURCES)
def test_a_request_is_the_same_on_the_wire_with_its_attributes_unread(metrics, resource):
    value = request(*metrics, resource=resource)
    assert EXPORT_REQUEST.FromString(value).SerializeToString() == value


def test_attributes_are_texts_and_lists_tell_nothing_apart():
    told = {
        "text": AnyValue(string_value="a"),
        "empty": AnyValue(string_value=""),
        "whole": AnyValue(int_value=0),
        "real": AnyValue(double_value=0.5),
        "is": AnyValue(bool_value=True),
        "list": AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1)])),
        "nothing": AnyValue(),
    }
    written = [KeyValue(key=key, value=value).SerializeToString() for key, value in told.items()]
    assert texts(written) == {"text": "a", "empty": "", "whole": "0", "real": "0.5", "is": "True"}


@pytest.mark.parametrize("resource", [SERVICE, SERVICE | {"zone": "broken"}])
def test_attributes_that_are_none_make_the_request_malformed_as_they_always_did(resource):
    codec = OtlpProtobuf(Identities())
    value = request(gauge(number(1.0), number(1.0, shard="broken")), resource=resource)
    codec.decode(value, ())
    broken = value.replace(b"broken", b"br\xffken")  # no UTF-8
    with pytest.raises(Exception, match="parsing"):
        ExportMetricsServiceRequest.FromString(broken)
    with pytest.raises(Malformed) as refused:
        codec.decode(broken, ())
    assert refused.value.reason == "not-protobuf"


def test_what_is_remembered_begins_anew_where_it_is_too_much():
    known = KnownAttributes(Identities(), most=3)
    shards = [KeyValue(key="shard", value=AnyValue(string_value=str(shard))).SerializeToString() for shard in range(5)]
    for shard in shards:
        owners = known.of_resource(())
        assert owners[shard,] is owners[shard,]
        known.forget_if_many()
        assert known.count <= 3


def test_long_attributes_are_read_each_time():
    known = KnownAttributes(Identities())
    long = KeyValue(key="shard", value=AnyValue(string_value="x" * 2_000)).SerializeToString()
    assert known.of_resource(())[long,][1] == known.of_resource((long,))[long,][1] == {"shard": "x" * 2_000}
    assert known.count == 1
