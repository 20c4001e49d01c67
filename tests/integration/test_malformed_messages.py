"""
A thousand messages that are no events, on every topic that a service reads: each is in the dead letters with its reason, the
services live, and the good messages among them are handled.
"""

import random

import pytest

from rollguard_schemas import topics
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.decisions import Withheld
from rollguard_schemas.metrics import MetricPoint
from support.topics import fresh_name

COUNT = 1_000
READ_TOPICS = [topics.METRICS, topics.ROLLOUTS, topics.SIGNALS, topics.DECISIONS, topics.OUTCOMES, topics.COMMANDS, topics.POLICIES]


def _tag(topic):
    return "RollbackPolicy" if topic is topics.POLICIES else topic.events[0].__struct_config__.tag


def _malformed(topic, number):
    """Return one of five kinds of nonsense, the same for the same number."""
    seeded = random.Random(number)
    field = "kind" if topic is topics.POLICIES else "type"
    kinds = [
        b"\xff" + seeded.randbytes(60),
        f'{{"{field}": "{_tag(topic)}", "workload": "shop/x", "id"'.encode(),
        f'{{"{field}": "{_tag(topic)}", "workload": 7, "time_unix_seconds": "noon", "apiVersion": []}}'.encode(),
        f'{{"{field}": "{_tag(topic)}", "workload": "shop/x", "time_unix_seconds": NaN, "value": NaN}}'.encode(),
        f'{{"{field}": "{_tag(topic)}", "workload": "shop/x", "time_unix_seconds": 1e{400 + number}, "apiVersion": 1e9}}'.encode(),
    ]
    return kinds[number % len(kinds)]


def _good_points(workload):
    return [MetricPoint(workload=workload, time_unix_seconds=1_000.0 + n, metric="m", value=1.0, revision="1") for n in range(20)]


def _says_why(record):
    headers = dict(record.headers)
    return headers["__connect.errors.class.name"] and headers["__connect.errors.exception.message"]


@pytest.mark.timeout(300)
async def test_a_thousand_malformed_messages_on_every_topic_are_dead_letters_and_good_ones_are_handled(road):
    marker, workload = fresh_name("nonsense").encode(), f"shop/{fresh_name('good')}"
    for topic in READ_TOPICS:
        await road.tell_records([OutgoingRecord(topic.name, marker, _malformed(topic, number)) for number in range(COUNT)])
    await road.tell(topics.METRICS, *_good_points(workload))

    letters = [topic.dead_letter_name for topic in READ_TOPICS]
    records = await road.heard(letters, lambda records: sum(r.key == marker for r in records) >= COUNT * len(READ_TOPICS))
    ours = [record for record in records if record.key == marker]
    answers = await road.events([topics.DECISIONS.name], workload, bool)

    for topic in READ_TOPICS:
        dead = [record for record in ours if record.topic == topic.dead_letter_name]
        assert sorted(r.value for r in dead) == sorted(_malformed(topic, number) for number in range(COUNT)), topic.name
        assert all(_says_why(record) for record in dead), topic.name
    assert road.complaints() == {}
    assert all(isinstance(answer, Withheld) for answer in answers)
