"""
The codec: events to Kafka records and back, as CloudEvents 1.0.

Binary mode is written (attributes in ``ce_*`` headers, JSON in the value); structured mode and bare JSON with a ``type`` tag are
read as well. Whatever cannot be read raises ``Malformed`` with a reason and a place, never anything else: readers turn exactly that
into a dead letter, and any other exception would stop a partition. ``traceparent`` travels as a plain header, where tracers look.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from rollguard_schemas.event import type_name
from rollguard_schemas.ids import derive_id
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.topics import Topic

Header = tuple[str, bytes]
MalformedReason = Literal[
    "not-json", "not-msgpack", "not-protobuf", "wrong-shape", "unknown-type", "bad-envelope", "empty-value", "not-finite"
]

JSON_CONTENT_TYPE = "application/json"
STRUCTURED_CONTENT_TYPE = "application/cloudevents+json"
TYPE_PREFIX = "dev.rollguard."
TYPE_SUFFIX = ".v1"

_decoders: dict[tuple[type, ...], msgspec.json.Decoder[Any]] = {}


class Malformed(ValueError):
    """The bytes are no event of this topic; trying again will not help."""

    def __init__(self, reason: MalformedReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class OutgoingRecord(msgspec.Struct, frozen=True):
    """What a producer hands to Kafka; ``partition`` only where the key must not choose, as for a fleet-wide command."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    partition: int | None = None


class Decoded(msgspec.Struct, frozen=True):
    """An event and what its envelope said; ``event`` is None for a deletion on a compacted topic."""

    event: Any
    id: str | None = None
    source: str | None = None
    traceparent: str | None = None


class _Structured(msgspec.Struct):
    """The members of a structured CloudEvent that are read."""

    specversion: str
    type: str
    id: str
    source: str
    data: msgspec.Raw
    traceparent: str | None = None


def cloud_event_type(event_type: type) -> str:
    """Return the CloudEvents type of an event: ``dev.rollguard.breach-forecast.v1``."""
    return f"{TYPE_PREFIX}{_tag(event_type)}{TYPE_SUFFIX}"


def encode(
    topic: Topic,
    event: Any,
    *,
    source: str,
    event_id: str | None = None,
    traceparent: str | None = None,
    tracestate: str | None = None,
) -> OutgoingRecord:
    """
    Write an event for a topic, in binary mode.

    Raises:

        ValueError: if the event does not belong to the topic, or holds a number that JSON cannot.
    """
    if type(event) not in topic.events:
        raise ValueError(f"{type(event).__name__} does not belong on {topic.name}")
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", (event_id or getattr(event, "id", None) or _fallback_id(event)).encode()),
        ("ce_type", cloud_event_type(type(event)).encode()),
        ("ce_source", source.encode()),
        ("ce_subject", workload_of(event).encode()),
        ("content-type", JSON_CONTENT_TYPE.encode()),
    ]
    time_unix_seconds = getattr(event, "time_unix_seconds", None)
    if time_unix_seconds is not None:
        headers.append(("ce_time", datetime.fromtimestamp(time_unix_seconds, UTC).isoformat().encode()))
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    if traceparent and tracestate:
        headers.append(("tracestate", tracestate.encode()))
    value = msgspec.json.encode(event)
    _refuse_lost_numbers(event)
    return OutgoingRecord(topic.name, workload_of(event).encode(), value, tuple(headers))


def decode(topic: Topic, value: bytes | None, headers: Iterable[Header] = ()) -> Decoded:
    """
    Read an event of a topic, from binary mode, structured mode, or bare JSON with a ``type`` tag.

    Raises:

        Malformed: for anything that is not such an event.
    """
    by_name = {name.lower(): content for name, content in headers}
    traceparent = _text(by_name, "traceparent")
    if value is None:
        if topic.is_compacted:
            return Decoded(None, _text(by_name, "ce_id"), _text(by_name, "ce_source"), traceparent)
        raise Malformed("empty-value", f"{topic.name} is not compacted: a record without a value means nothing here")
    if (_text(by_name, "content-type") or "").startswith(STRUCTURED_CONTENT_TYPE):
        envelope = _decode_json(msgspec.json.Decoder(_Structured), value)
        event = decode_value(topic, bytes(envelope.data), envelope.type)
        return Decoded(event, envelope.id, envelope.source, envelope.traceparent or traceparent)
    event = decode_value(topic, value, _text(by_name, "ce_type"))
    return Decoded(event, _text(by_name, "ce_id"), _text(by_name, "ce_source"), traceparent)


def decode_value(topic: Topic, value: bytes, cloud_type: str | None = None) -> Any:
    """Read the JSON of an event; the tag in the JSON decides its type, and a CloudEvents type must agree with it."""
    if not topic.events:
        raise Malformed("unknown-type", f"{topic.name} carries no events")
    event = _decode_json(_decoder(topic.events), value)
    if cloud_type is not None and cloud_type != cloud_event_type(type(event)):
        raise Malformed("bad-envelope", f"the header says {cloud_type}, the value is {cloud_event_type(type(event))}")
    return event


def workload_of(event: Any) -> str:
    """Return the workload that an event is about, which is its key."""
    if hasattr(event, "points"):
        return str(event.points[0].workload)
    return str(event.workload)


def _tag(event_type: type) -> str:
    return "rollback-policy" if event_type is RollbackPolicy else type_name(event_type)


def _decoder(events: tuple[type, ...]) -> "msgspec.json.Decoder[Any]":
    if events not in _decoders:
        union: Any = events[0]
        for event_type in events[1:]:
            union = union | event_type
        _decoders[events] = msgspec.json.Decoder(union)
    return _decoders[events]


def _decode_json(decoder: "msgspec.json.Decoder[Any]", value: bytes) -> Any:
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        reason: MalformedReason = "unknown-type" if "`$.type`" in str(error) or "`$.kind`" in str(error) else "wrong-shape"
        raise Malformed(reason, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("not-json", str(error)) from error


def _text(headers: dict[str, bytes], name: str) -> str | None:
    content = headers.get(name)
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Malformed("bad-envelope", f"header {name} is not UTF-8: {content[:40]!r}") from error


def _fallback_id(event: Any) -> str:
    """Name an event without an id by what it says, so that the same content is recognised."""
    return derive_id(_tag(type(event)), msgspec.json.encode(event).decode())


def _refuse_lost_numbers(event: Any) -> None:
    """Refuse NaN and infinities: msgspec would write them as null, and a reader would see a missing value."""
    for number in _floats(msgspec.to_builtins(event)):
        if not math.isfinite(number):
            raise ValueError(f"{type(event).__name__} holds {number}, which JSON cannot carry; send nothing instead")


def _floats(built: Any) -> Iterable[float]:
    if isinstance(built, float):
        yield built
    elif isinstance(built, dict):
        for child in built.values():
            yield from _floats(child)
    elif isinstance(built, list | tuple):
        for child in built:
            yield from _floats(child)
