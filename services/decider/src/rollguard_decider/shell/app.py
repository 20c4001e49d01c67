"""
The faust application: it hands records to the desk in their order, and keeps the table.

What was measured of faust 0.15.3 decides each setting here. A session of six seconds, since failover takes that long; no leader
topic and no web server, which nobody asked for; at-least-once, since its exactly-once leaves out what agents say. It is made by a
factory: an application at module level would connect whoever imports it.
"""

import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import faust
from faust.types import EventT, StreamT

from rollguard_decider.settings import DeciderSettings
from rollguard_decider.shell.desk import HEARD, Table
from rollguard_runtime.bus import Record

Take = Callable[[Record, Table], Awaitable[None]]

TABLE = "workloads"
AGENT = "desk"
# A failover reads the changelog whole. By Kafka's defaults nothing of it is compacted before a gigabyte is full: after seven
# thousand signals half a minute was seen to go by with reading what later entries had replaced.
_CHANGELOG = {
    "segment.bytes": str(4 * 1024 * 1024),
    "max.compaction.lag.ms": "60000",
    "min.cleanable.dirty.ratio": "0.1",
}


def create_app(
    settings: DeciderSettings, *, partitions: int, data_dir: str, take: Take, on_assigned: Callable[[], None]
) -> faust.App:
    """
    Make the application; ``take`` is given each record together with the table.

    ``partitions`` must be the count of the topics that are read: a table's changelog is partitioned as its sources are.
    """
    app = faust.App(settings.group, **_options(settings, partitions=partitions, data_dir=data_dir))
    known = "What is known about each workload, as JSON."
    table = app.Table(TABLE, key_type=bytes, value_type=bytes, help=known, extra_topic_configs=_CHANGELOG)

    async def attend(stream: StreamT[Any]) -> None:
        async for event in stream.events():
            await take(to_record(event), table)

    app.agent(app.topic(*HEARD, key_type=bytes, value_type=bytes), name=AGENT)(attend)

    @app.on_partitions_assigned.connect(weak=False)
    async def assigned(*_: Any, **__: Any) -> None:
        on_assigned()

    return app


def to_record(event: EventT[Any]) -> Record:
    """Turn faust's event into the record that it came as."""
    message = event.message
    headers: Any = message.headers.items() if isinstance(message.headers, dict) else message.headers or ()
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=max(0, round((message.timestamp or 0.0) * 1000)),
        key=message.key,
        value=message.value,
        headers=tuple((name, bytes(content or b"")) for name, content in headers),
    )


def _options(settings: DeciderSettings, *, partitions: int, data_dir: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "broker": [f"kafka://{address.strip()}" for address in settings.kafka.split(",")],
        "autodiscover": False,
        "datadir": data_dir,
        "store": "memory://",
        "cache": "memory://",
        "web_enabled": False,
        "key_serializer": "raw",
        "value_serializer": "raw",
        "processing_guarantee": "at_least_once",
        "broker_session_timeout": 6.0,
        "broker_heartbeat_interval": 2.0,
        "broker_commit_interval": settings.commit_interval_seconds,
        "consumer_auto_offset_reset": "earliest",
        "stream_wait_empty": False,
        "table_standby_replicas": 0,
        "topic_allow_declare": True,  # the table's changelog is its own topic; all others exist
        "topic_disable_leader": True,
        "topic_partitions": partitions,
        "topic_replication_factor": settings.changelog_replication,
    }
    if settings.instance_id:
        options["consumer_group_instance_id"] = settings.instance_id
    if settings.kafka_security_protocol != "PLAINTEXT":
        options["broker_credentials"] = _credentials(settings)
    return options


def _credentials(settings: DeciderSettings) -> faust.SSLCredentials | faust.SASLCredentials:
    protocol = settings.kafka_security_protocol
    context = ssl.create_default_context(cafile=settings.kafka_ca_file or None) if protocol.endswith("SSL") else None
    if protocol == "SSL":
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=settings.kafka_username,
        password=settings.kafka_password,
        mechanism=settings.kafka_sasl_mechanism,
        ssl_context=context,
    )
