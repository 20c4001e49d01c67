"""
Creates the topics before any service starts.

A faust worker that starts before its topics exist was seen to hear nothing for a minute, and a topic that a client creates by
accident has one partition and no retention. Applying twice changes nothing; an existing topic that differs is only reported.
"""

import asyncio
from typing import Any, Literal

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from rollguard_runtime.errors import Permanent, Temporary
from rollguard_runtime.kafka import connection_options
from rollguard_runtime.settings import SharedSettings
from rollguard_schemas.topics import DEAD_LETTER_RETENTION_HOURS, MAX_DEAD_LETTER_BYTES, TOPICS, Topic

_HOUR_MS = 3_600_000


class TopicResult(msgspec.Struct, frozen=True):
    """What applying did with one topic."""

    name: str
    status: Literal["created", "exists", "differs"]
    detail: str = ""


async def apply_topics(settings: SharedSettings, *, partitions: int, replication: int) -> list[TopicResult]:
    """
    Create what is missing.

    Raises:

        Temporary: when the broker does not answer.
        Permanent: when it refuses.
    """
    admin = AIOKafkaAdminClient(**connection_options(settings, client_id="rollguard-topics"))
    try:
        await admin.start()
        present = await _partition_counts(admin)
        wanted = [new for topic in TOPICS for new in _new_topics(topic, partitions, replication)]
        missing = [new for new in wanted if new.name not in present]
        if missing:
            _refuse_failures(await admin.create_topics(missing))
            await _wait_until_visible(admin, {new.name for new in missing})
        return [_result(new, present) for new in wanted]
    except (KafkaError, OSError) as error:
        raise Temporary(f"Kafka at {settings.kafka} does not answer: {error}") from error
    finally:
        await admin.close()


def _new_topics(topic: Topic, partitions: int, replication: int) -> list[NewTopic]:
    config = {
        "cleanup.policy": topic.cleanup,
        "retention.ms": _retention_ms(topic.retention_hours),
        "max.message.bytes": str(topic.max_message_bytes),
        **({"segment.bytes": str(topic.segment_bytes)} if topic.segment_bytes else {}),
    }
    itself = NewTopic(topic.name, partitions, replication, topic_configs=config)
    if not topic.has_dead_letters:
        return [itself]
    letters = {
        "cleanup.policy": "delete",
        "retention.ms": _retention_ms(DEAD_LETTER_RETENTION_HOURS),
        "max.message.bytes": str(MAX_DEAD_LETTER_BYTES),
    }
    return [itself, NewTopic(topic.dead_letter_name, partitions, replication, topic_configs=letters)]


def _retention_ms(hours: int | None) -> str:
    return "-1" if hours is None else str(hours * _HOUR_MS)


def _refuse_failures(response: Any) -> None:
    for name, code, *_ in response.topic_errors:
        error = for_code(code)
        if code != 0 and error is not TopicAlreadyExistsError:
            raise Permanent(f"topic {name} was refused: {error.__name__}: {error.description}")


async def _partition_counts(admin: AIOKafkaAdminClient) -> dict[str, int]:
    names = set(await admin.list_topics())
    described = await admin.describe_topics(sorted(names)) if names else []
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def _wait_until_visible(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Return once every partition has a leader: a client that asks earlier is told that the topic is unknown."""
    for _ in range(100):
        described = await admin.describe_topics(sorted(names))
        if all(topic["partitions"] and all(p["leader"] >= 0 for p in topic["partitions"]) for topic in described):
            return
        await asyncio.sleep(0.1)
    raise Temporary("new topics have no leader yet")


def _result(new: NewTopic, present: dict[str, int]) -> TopicResult:
    if new.name not in present:
        return TopicResult(new.name, "created")
    if present[new.name] != new.num_partitions:
        return TopicResult(new.name, "differs", f"has {present[new.name]} partitions, {new.num_partitions} were asked for")
    return TopicResult(new.name, "exists")
