"""``rollguard topics``: the table, and what applying it did."""

import msgspec

from rollguard_runtime.topic_admin import TopicResult
from rollguard_schemas.topics import TOPICS


def test_every_topic_is_listed_with_what_it_says(rollguard):
    listed = rollguard.document("topics", "list")["topics"]

    assert [(each["topic"], each["says"]) for each in listed] == [(topic.name, topic.says) for topic in TOPICS]
    assert any("rollback-policy" in each["events"] for each in listed)


def test_applying_asks_for_as_many_partitions_as_were_said(rollguard):
    document = rollguard.document("topics", "apply", "--partitions", 3, "--replication", 2, "--kafka", "k:1")

    assert rollguard.addresses == [("k:1", 3, 2)]
    assert document["topics"] == [msgspec.to_builtins(result) for result in rollguard.topic_results]


def test_a_topic_with_another_number_of_partitions_is_a_finding(rollguard):
    rollguard.topic_results = [TopicResult("rollguard-metrics", "differs", "has 1 partitions, 12 were asked for")]

    result = rollguard("topics", "apply")

    assert result.exit_code == 3
    assert "rollguard-metrics\tdiffers\thas 1 partitions, 12 were asked for" in result.stdout


def test_no_partitions_are_wrong_usage(rollguard):
    assert rollguard("topics", "apply", "--partitions", 0).exit_code == 2
