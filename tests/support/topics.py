"""
Topics of a test's own, and names that no other test uses.

Every run shares one broker a kind, so nothing may count on an empty topic. Tests of the bus make topics of their own with
``create_topics``. Tests of services share the real topics (their names are fixed) and keep apart by ``fresh_name``: a workload
that is new to every reader, and a consumer group that has committed nothing. What is said to the whole fleet (workload ``*``)
reaches every later test on the same broker: take it back at the end of the test.
"""

import asyncio
import itertools
import os

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics

PARTITIONS = 4  # of rollguard's own topics, wherever tests share them
_numbers = itertools.count(1)


def fresh_name(stem: str) -> str:
    """Return a name that no test of this or another run has used on a broker that outlives the run."""
    return f"{stem}-{os.getpid():x}-{next(_numbers)}"


async def apply_to(broker):
    """Put rollguard's topics on a broker as all tests expect them; return what was done with each."""
    return await apply_topics(SharedSettings(kafka=broker.bootstrap), partitions=PARTITIONS, replication=1)


async def create_topics(bootstrap: str, names, *, partitions: int = PARTITIONS) -> None:
    """Create topics and return once each partition has a leader."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        response = await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
        assert all(code == 0 for _, code, *_ in response.topic_errors), response
        for _ in range(200):
            if await _have_leaders(admin, names):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"no leader for {names}")
    finally:
        await admin.close()


async def delete_topic(bootstrap: str, name: str) -> None:
    """Delete a topic and return once it is gone."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([name])
        for _ in range(200):
            if name not in await admin.list_topics():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{name} is still there")
    finally:
        await admin.close()


async def _have_leaders(admin, names) -> bool:
    topics = await admin.describe_topics(list(names))
    return all(topic["partitions"] and all(p["leader"] >= 0 for p in topic["partitions"]) for topic in topics)
