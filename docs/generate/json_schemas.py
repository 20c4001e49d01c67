"""JSON Schema of each topic, and one AsyncAPI 3 document of all: the Structs as others read them."""

import json
from pathlib import Path
from typing import Any

import msgspec

from rollguard_schemas import topics
from rollguard_schemas.codec import JSON_CONTENT_TYPE, cloud_event_type
from rollguard_schemas.topics import Topic

FOLDER = Path("schemas/generated")
_HOUR_MS = 3_600_000
_CE_HEADERS = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject")


def documents() -> dict[Path, str]:
    """Return the schema files."""
    files = {FOLDER / f"{topic.name}.schema.json": _pretty(topic_schema(topic)) for topic in topics.TOPICS if topic.events}
    files[FOLDER / "asyncapi.json"] = _pretty(asyncapi())
    return files


def topic_schema(topic: Topic) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a topic's values."""
    (schema,), components = msgspec.json.schema_components([_union(topic)], ref_template="#/$defs/{name}")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": topic.name, "description": topic.says}
    return {**head, **schema, "$defs": components}


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI document: a channel a topic, a message an event, an operation a writer and a reader."""
    every_event = [event for topic in topics.TOPICS for event in topic.events]
    _, components = msgspec.json.schema_components(every_event, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "rollguard", "version": "1.0.0", "description": "What rollguard says and hears on Kafka."},
        "defaultContentType": JSON_CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in topics.TOPICS},
        "operations": {name: operation for topic in topics.TOPICS for name, operation in _operations(topic).items()},
        "components": {"messages": {event.__name__: _message(event) for event in every_event}, "schemas": components},
    }


def _union(topic: Topic) -> Any:
    union: Any = topic.events[0]
    for event in topic.events[1:]:
        union = union | event
    return union


def _channel(topic: Topic) -> dict[str, Any]:
    retention = -1 if topic.retention_hours is None else topic.retention_hours * _HOUR_MS
    configuration = {
        "cleanup.policy": topic.cleanup.split(","),
        "retention.ms": retention,
        "max.message.bytes": topic.max_message_bytes,
        **({"segment.bytes": topic.segment_bytes} if topic.segment_bytes else {}),
    }
    return {
        "address": topic.name,
        "description": topic.says,
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"} for event in topic.events},
        "bindings": {"kafka": {"partitions": topics.DEFAULT_PARTITIONS, "topicConfiguration": configuration}},
    }


def _operations(topic: Topic) -> dict[str, Any]:
    channel = {"$ref": f"#/channels/{topic.name}"}
    send = {"action": "send", "channel": channel, "summary": f"Written by {', '.join(topic.writers)}."}
    receive = {"action": "receive", "channel": channel, "summary": f"Read by {', '.join(topic.readers)}."}
    return {f"write-{topic.name}": send, f"read-{topic.name}": receive}


def _message(event: type) -> dict[str, Any]:
    headers = {name: {"type": "string"} for name in _CE_HEADERS}
    headers["ce_type"] = {"type": "string", "const": cloud_event_type(event)}  # type: ignore[dict-item]
    return {
        "name": cloud_event_type(event),
        "summary": (event.__doc__ or "").strip().split("\n")[0],
        "contentType": JSON_CONTENT_TYPE,
        "headers": {"type": "object", "properties": headers},
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": "workload id"}}},
    }


def _pretty(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
