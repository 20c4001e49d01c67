"""
How any client of the broker connects, and what it asks of the broker's metadata.
"""

import ssl
from typing import Any

from aiokafka.errors import KafkaError

from rollguard_runtime.errors import Temporary
from rollguard_runtime.settings import SharedSettings


def connection_options(settings: SharedSettings, *, client_id: str) -> dict[str, Any]:
    """Return what every aiokafka client needs to connect."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka,
        "client_id": client_id,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
    if settings.kafka_security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password
    return options


async def start(client: Any) -> None:
    """Connect, or raise ``Temporary`` and leave nothing open."""
    try:
        await client.start()
    except (KafkaError, OSError) as error:
        await client.stop()
        raise Temporary(f"Kafka does not answer: {error}", retry_after_seconds=2) from error


async def partition_numbers(consumer: Any) -> dict[str, list[int]]:
    """Return every topic's partitions, in order; a topic that is only being made has none yet and is left out."""
    metadata = await consumer._client.fetch_all_metadata()  # noqa: SLF001  # the public call knows subscribed topics only
    found = {topic: sorted(metadata.partitions_for_topic(topic) or ()) for topic in metadata.topics()}
    return {topic: numbers for topic, numbers in found.items() if numbers}
