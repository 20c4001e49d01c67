"""
Where no broker answers, every end of the bus says so, may be tried again, and leaves nothing open.
"""

import pytest

from rollguard_runtime.errors import Temporary
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from support.topics import fresh_name

AWAY = KafkaBus(SharedSettings(kafka="127.0.0.1:1"), client_id="test")


@pytest.mark.parametrize(
    "end", [AWAY.source(["topic"], group="group"), AWAY.follower(["topic"]), AWAY.sink()], ids=["source", "follower", "sink"]
)
async def test_starting_is_temporarily_impossible_as_often_as_it_is_tried(end):
    for _ in range(2):
        with pytest.raises(Temporary, match="Kafka does not answer"):
            await end.start()
    await end.stop()


async def test_asking_for_partitions_is_temporarily_impossible():
    with pytest.raises(Temporary):
        await AWAY.partition_counts(["topic"])


@pytest.mark.real
async def test_following_a_topic_that_does_not_exist_names_the_command_that_makes_it(every_broker):
    follower = KafkaBus(SharedSettings(kafka=every_broker.bootstrap), client_id="test").follower([fresh_name("absent")])
    with pytest.raises(Temporary, match="does not exist: run `rollguard topics apply`"):
        await follower.start()
