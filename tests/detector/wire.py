"""
One gauge of 12 as each producer would write it, which the contract suite, the fuzzing and the benches share.

Where a real producer's bytes are kept (``producers/``) they are tested besides; here every format says the same, so that one suite
can hold them all to it.
"""

import json
from datetime import UTC, datetime

import cramjam
import msgspec
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from detector.otlp import gauge, number, request
from detector.worlds import START, point
from rollguard_detector.inputs.prompb.remote_pb2 import WriteRequest
from rollguard_detector.inputs.prompb.write_v2_pb2 import Request
from rollguard_schemas import codec
from rollguard_schemas.topics import METRICS

AT = 1.0  # whole seconds: not every format has more
TRACEPARENT = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
TRACE = (("traceparent", TRACEPARENT.encode()),)
LABELS = {"namespace": "shop", "deployment": "fraud-scorer", "version": "7", "shard": "a"}
STAMP = datetime.fromtimestamp(START + AT, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
TELEGRAF = {"name": "queue_length", "tags": LABELS, "fields": {"value": 12.0}, "timestamp": int(START + AT)}


def own_point():
    return point(12.0, at=AT, metric="queue_length", labels={"shard": "a"})


def _own_json():
    record = codec.encode(METRICS, own_point(), source="/test", traceparent=TRACEPARENT)
    return record.value, record.headers


def _structured(event_type, data, **more):
    return {"specversion": "1.0", "id": "1", "source": "/test", "type": event_type, "data": data} | more


def _cloud_event():
    event = _structured("dev.rollguard.metric-point.v1", msgspec.to_builtins(own_point()), traceparent=TRACEPARENT)
    return json.dumps(event).encode(), (("content-type", b"application/cloudevents+json"),)


def otlp_value():
    return request(gauge(number(12.0, at=AT, shard="a"), unit=""))


def otlp_as_json(value):
    """Write a request as the Collector does: protobuf's JSON mapping with enums as numbers."""
    return json.dumps(MessageToDict(ExportMetricsServiceRequest.FromString(value), use_integers_for_enums=True)).encode()


def write_request(*series, metadata=()):
    """Return version 1 bytes of (labels, [(value, at)]) pairs."""
    message = WriteRequest(metadata=metadata)
    for labels, samples in series:
        one = message.timeseries.add()
        for name, text in labels.items():
            one.labels.add(name=name, value=text)
        for value, at in samples:
            one.samples.add(value=value, timestamp=round((START + at) * 1000))
    return packed(message)


def write_request_2(*series):
    """Return version 2 bytes of (labels, samples as fields, metadata type)."""
    message = Request(symbols=[""])
    for labels, samples, kind in series:
        one = message.timeseries.add()
        one.metadata.type = kind
        for text in (text for pair in labels.items() for text in pair):
            if text not in message.symbols:
                message.symbols.append(text)
            one.labels_refs.append(list(message.symbols).index(text))
        for fields in samples:
            one.samples.add(**fields)
    return packed(message)


def packed(message):
    return bytes(cramjam.snappy.compress_raw(message.SerializeToString()))


def prometheus_json(value="12", name="queue_length", labels=LABELS, timestamp=STAMP):
    return json.dumps({"timestamp": timestamp, "value": value, "name": name, "labels": {"__name__": name} | labels}).encode()


def vector(**fields):
    metric = {"name": "queue_length", "tags": LABELS, "timestamp": STAMP, "kind": "absolute"} | fields
    return json.dumps({name: value for name, value in metric.items() if value is not None}).encode()


def line(fields="value=12", tags="namespace=shop,deployment=fraud-scorer,version=7,shard=a", at=AT, measurement="queue_length"):
    stamp = "" if at is None else f" {int((START + at) * 1e9)}"
    return f"{measurement},{tags} {fields}{stamp}\n".encode()


ONE_GAUGE = {
    "own-json": _own_json,
    "own-msgpack": lambda: (msgspec.msgpack.encode(own_point()), TRACE),
    "cloud-events": _cloud_event,
    "otlp-protobuf": lambda: (otlp_value(), TRACE),
    "otlp-json": lambda: (otlp_as_json(otlp_value()), TRACE),
    "prometheus-json": lambda: (prometheus_json(), TRACE),
    "remote-write": lambda: (write_request(({"__name__": "queue_length"} | LABELS, [(12.0, AT)])), TRACE),
    "telegraf-json": lambda: (json.dumps(TELEGRAF).encode(), TRACE),
    "influx-line": lambda: (line(), TRACE),
    "vector-json": lambda: (vector(gauge={"value": 12.0}), TRACE),
}
