"""
Chooses the codec of a record: by its ``content-type`` header, else by its topic, else the default.

Some content types belong to one format. Others are shared: ``application/json`` may be five formats, and says nothing against the
one that its topic was set to, or against the default. Nothing is guessed from the bytes: a record that was read as another format
would be believed. A record of a type that nobody claims is offered to what its topic says, whose refusal says what is wrong with
it.
"""

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np

from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.core.ports import ALONE, NOWHERE, Columns, DecodedPoints, InputCodec, Origin
from rollguard_detector.inputs.cloud_events import CloudEvents
from rollguard_detector.inputs.influx_line import InfluxLine
from rollguard_detector.inputs.otlp_json import OtlpJson
from rollguard_detector.inputs.otlp_protobuf import OtlpProtobuf
from rollguard_detector.inputs.own_json import OwnJson
from rollguard_detector.inputs.own_json_columns import OwnJsonColumns
from rollguard_detector.inputs.own_msgpack import OwnMsgpack
from rollguard_detector.inputs.prometheus_json import PrometheusJson
from rollguard_detector.inputs.remote_write import RemoteWrite
from rollguard_detector.inputs.telegraf_json import TelegrafJson
from rollguard_detector.inputs.vector_json import VectorJson
from rollguard_detector.settings import Format
from rollguard_schemas.codec import JSON_CONTENT_TYPE, STRUCTURED_CONTENT_TYPE, Header, cloud_event_type
from rollguard_schemas.metrics import MetricPoint

PROTOBUF_CONTENT_TYPE = "application/x-protobuf"
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"
_SHARED: Mapping[str, frozenset[Format]] = {
    JSON_CONTENT_TYPE: frozenset({"own-json", "otlp-json", "prometheus-json", "telegraf-json", "vector-json"}),
    PROTOBUF_CONTENT_TYPE: frozenset({"otlp-protobuf", "remote-write"}),
}
# What a shared type means where neither the topic nor the default is one of its formats.
_USUAL: Mapping[str, Format] = {JSON_CONTENT_TYPE: "own-json", PROTOBUF_CONTENT_TYPE: "otlp-protobuf"}
_OWN: Mapping[str, Format] = {
    "application/msgpack": "own-msgpack",
    "application/x-msgpack": "own-msgpack",
    "application/vnd.msgpack": "own-msgpack",
    STRUCTURED_CONTENT_TYPE: "cloud-events",
    BATCH_CONTENT_TYPE: "cloud-events",
}


def codecs(identities: Identities | None = None, kinds: Kinds | None = None) -> dict[Format, InputCodec]:
    """Return every codec by the name of its format."""
    identities, kinds = identities or Identities(), kinds or Kinds()
    own, telegraf = OwnJson(), TelegrafJson(identities, kinds)
    made: dict[Format, InputCodec] = {
        "own-json": own,
        "own-msgpack": OwnMsgpack(),
        "cloud-events": CloudEvents(own, telegraf),
        "otlp-protobuf": OtlpProtobuf(identities),
        "otlp-json": OtlpJson(identities),
        "prometheus-json": PrometheusJson(identities, kinds),
        "remote-write": RemoteWrite(identities, kinds),
        "telegraf-json": telegraf,
        "influx-line": InfluxLine(identities, kinds),
        "vector-json": VectorJson(identities),
    }
    if set(made) != set(get_args(Format)):
        raise AssertionError("a format without a codec, or a codec without a format")
    return made


class ByContentType:
    """A codec made of the codecs; ``default`` is the format of records that neither header nor topic decides."""

    def __init__(
        self, default: Format, by_topic: Mapping[str, Format] | None = None, of_format: Mapping[Format, InputCodec] | None = None
    ) -> None:
        self._default, self._by_topic = default, by_topic or {}
        self._of_format = of_format or codecs()
        self._columns = OwnJsonColumns()

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:
        """Read a record as its header says, or its topic."""
        return self._of_format[self._format(headers, origin)].decode(value, headers, origin)

    @property
    def epoch(self) -> int:
        """What grows when numbers begin anew."""
        return self._columns.epoch

    def decode_many(self, values: Sequence[bytes | None], headers: Sequence[Sequence[Header]], topics: Sequence[str]) -> Columns:
        """Read in bulk what is own JSON and a gauge of a series that has a number."""
        is_own = {topic: self._by_topic.get(topic, self._default) == "own-json" for topic in set(topics)}
        if all(is_own.values()) and not any(headers) and None not in values:
            return self._columns.decode_many(values)  # type: ignore[arg-type]  # none is None
        told = zip(values, headers, topics, strict=True)
        bulk = [
            (place, value)
            for place, (value, of, topic) in enumerate(told)
            if value is not None and is_own[topic] and (not of or _says_own_json(of))
        ]
        read = self._columns.decode_many([value for _, value in bulk])
        columns = Columns(np.full(len(values), ALONE, np.intp), np.zeros(len(values)), np.zeros(len(values)))
        for column, part in zip(columns, read, strict=True):
            column[[place for place, _ in bulk]] = part
        return columns

    def learn(self, values: Sequence[bytes]) -> list[int | None]:
        """Return the numbers of gauges that were read as own JSON."""
        return self._columns.learn(values)

    def _format(self, headers: Sequence[Header], origin: Origin) -> Format:
        expected = self._by_topic.get(origin.topic, self._default)
        texts = {name.lower(): content.decode("ascii", "replace").lower() for name, content in headers if name.lower() in _READ}
        media, _, parameters = texts.get("content-type", "").partition(";")
        media = media.strip()
        if media in _OWN:
            return _OWN[media]
        if media == PROTOBUF_CONTENT_TYPE and ("snappy" in texts.get("content-encoding", "") or "proto=" in parameters):
            return "remote-write"
        if media in _SHARED and expected not in _SHARED[media]:
            return _USUAL[media]
        return expected


def _says_own_json(headers: Sequence[Header]) -> bool:
    """Whether headers are those of our own producers: a metric point in JSON, and nothing that would have to be looked at."""
    told = dict(headers)
    is_point = told.get("ce_type") == _POINT and told.get("content-type") == _OWN_JSON
    return is_point and told.keys() <= _OWN_HEADERS and all(map(bytes.isascii, told.values()))


_POINT, _OWN_JSON = cloud_event_type(MetricPoint).encode(), JSON_CONTENT_TYPE.encode()
_OWN_HEADERS = {
    "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type", "traceparent",
}  # fmt: skip
_READ = frozenset({"content-type", "content-encoding"})
