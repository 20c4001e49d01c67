"""
Creating the topics, on every real broker, and what is said where there is none.
"""

import pytest

from rollguard_runtime.errors import Temporary
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics
from rollguard_schemas.topics import DECISIONS, PREDICTIONS, TOPICS
from support.topics import PARTITIONS, apply_to, delete_topic

ALL_NAMES = {name for topic in TOPICS for name in topic.names}


def statuses(results):
    return {result.name: result.status for result in results}


@pytest.mark.real
async def test_applying_again_changes_nothing(every_broker):
    await apply_to(every_broker)
    assert statuses(await apply_to(every_broker)) == dict.fromkeys(ALL_NAMES, "exists")


@pytest.mark.real
async def test_a_topic_with_another_number_of_partitions_is_reported_and_left_alone(every_broker):
    settings = SharedSettings(kafka=every_broker.bootstrap)
    await apply_to(every_broker)
    results = await apply_topics(settings, partitions=5, replication=1)
    assert statuses(results) == dict.fromkeys(ALL_NAMES, "differs")
    assert {result.detail for result in results} == {"has 4 partitions, 5 were asked for"}
    counts = await KafkaBus(settings, client_id="test").partition_counts([DECISIONS.name, "rollguard-no-such"])
    assert counts == {DECISIONS.name: PARTITIONS}


@pytest.mark.real
async def test_what_is_missing_is_created_beside_what_is_there(every_broker):
    if every_broker.kind == "given":
        pytest.skip("deletes a topic, which a broker of yours is spared; unset ROLLGUARD_KAFKA to run it")
    await apply_to(every_broker)
    missing = PREDICTIONS.dead_letter_name
    await delete_topic(every_broker.bootstrap, missing)
    expected = {**dict.fromkeys(ALL_NAMES, "exists"), missing: "created"}
    assert statuses(await apply_to(every_broker)) == expected


async def test_where_no_broker_answers_it_says_so_and_may_be_tried_again():
    with pytest.raises(Temporary, match=r"Kafka at 127\.0\.0\.1:1 does not answer"):
        await apply_topics(SharedSettings(kafka="127.0.0.1:1"), partitions=4, replication=1)
