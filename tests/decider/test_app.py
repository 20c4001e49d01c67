"""
The faust application: what it is configured to, and that every record reaches the desk whole. No broker is needed.
"""

import asyncio

import faust
import pytest

from decider.offices import Clock
from rollguard_decider.settings import DeciderSettings
from rollguard_decider.shell import worker
from rollguard_decider.shell.app import AGENT, create_app
from rollguard_decider.shell.desk import HEARD
from rollguard_decider.shell.worker import Stalled, Worker
from rollguard_runtime.bus import Record
from rollguard_runtime.liveness import Progress
from rollguard_schemas.topics import SIGNALS


def _app(tmp_path, take=None, **settings):
    return create_app(
        DeciderSettings(**settings), partitions=4, data_dir=str(tmp_path), take=take or _ignore, on_assigned=lambda: None
    )


async def _ignore(record, table):
    """Take a record and do nothing with it."""


async def test_the_settings_that_were_measured_are_set(tmp_path):
    conf = _app(tmp_path, kafka="a:1,b:2", instance_id="decider-0").conf
    assert [str(url) for url in conf.broker] == ["kafka://a:1", "kafka://b:2"]
    assert (conf.broker_session_timeout, conf.broker_heartbeat_interval) == (6.0, 2.0)
    assert conf.consumer_group_instance_id == "decider-0"
    assert conf.topic_partitions == 4
    assert conf.topic_disable_leader
    assert not conf.web_enabled
    assert conf.table_standby_replicas == 0


async def test_the_changelog_is_compacted_long_before_a_failover_would_have_to_read_it_for_long(tmp_path):
    changelog = _app(tmp_path).tables["workloads"].changelog_topic
    assert changelog.compacting
    assert int(changelog.config["segment.bytes"]) <= 16 * 1024 * 1024
    assert int(changelog.config["max.compaction.lag.ms"]) <= 60_000


async def test_a_secured_broker_is_spoken_to_with_credentials(tmp_path):
    conf = _app(tmp_path, kafka_security_protocol="SASL_SSL", kafka_username="decider", kafka_password="x").conf  # protects nothing
    assert isinstance(conf.broker_credentials, faust.SASLCredentials)
    assert conf.broker_credentials.protocol.value == "SASL_SSL"
    assert isinstance(_app(tmp_path, kafka_security_protocol="SSL").conf.broker_credentials, faust.SSLCredentials)
    assert _app(tmp_path, kafka_security_protocol="SASL_PLAINTEXT").conf.broker_credentials.protocol.value == "SASL_PLAINTEXT"


async def test_the_agent_hears_every_topic_that_the_desk_understands(tmp_path):
    app = _app(tmp_path)
    assert set(app.agents[AGENT].get_topic_names()) == set(HEARD)


@pytest.mark.parametrize("value", [b"not json", b"", None])
async def test_every_record_reaches_the_desk_as_it_came(tmp_path, value):
    taken: asyncio.Queue[Record] = asyncio.Queue()
    app = _app(tmp_path, take=lambda record, _: taken.put(record))
    async with app.agents[AGENT].test_context() as agent:
        await agent.put(value, key=b"shop/a", headers={"ce_id": b"s-1"}, timestamp=12.345)
        record = await taken.get()
    app.consumer._thread.thread_loop.close()  # made with the consumer, and run only with a broker

    assert (record.value, record.key) == (value, b"shop/a")
    assert record.headers == (("ce_id", b"s-1"),)
    assert record.timestamp_ms == 12_345


class StuckConsumer:
    """A consumer with work, whose commits are what the test says."""

    def __init__(self):
        self.partition = worker.TP(SIGNALS.name, 0)
        self._committed_offset = {self.partition: 3}
        self.end = 10

    def assignment(self):
        return {self.partition}

    def highwater(self, _):
        return self.end

    async def position(self, _):
        return 5


class StuckApp:
    """An application that is up and goes nowhere."""

    crashed, rebalancing, crash_reason = False, False, None

    def __init__(self):
        self.consumer = StuckConsumer()


def _worker():
    clock = Clock()
    progress = Progress(stalled_after_seconds=60, clock=clock)
    progress.expect(worker.LOOP)
    return Worker(StuckApp(), progress), clock


async def test_lag_without_a_commit_for_too_long_ends_the_process():
    stuck, clock = _worker()
    await stuck.watch()
    clock.now += 59
    await stuck.watch()
    clock.now += 2
    with pytest.raises(Stalled, match="has not advanced"):
        await stuck.watch()


async def test_a_commit_now_and_then_is_progress():
    slow, clock = _worker()
    for offset in range(4, 9):
        clock.now += 59
        slow._app.consumer._committed_offset[slow._app.consumer.partition] = offset
        await slow.watch()


async def test_no_work_is_no_stall():
    idle, clock = _worker()
    idle._app.consumer.end = 3
    for _ in range(5):
        clock.now += 59
        await idle.watch()


async def test_a_rebalance_that_never_ends_ends_the_process():
    stuck, clock = _worker()
    stuck._app.rebalancing = True
    clock.now += 61
    with pytest.raises(Stalled, match="has not gone round"):
        await stuck.watch()


async def test_a_crash_of_faust_ends_the_process():
    crashed, _ = _worker()
    crashed._app.crashed = True
    with pytest.raises(RuntimeError, match="faust crashed"):
        await crashed.watch()


async def test_a_record_counts_as_read_once_the_consumer_is_past_it():
    reading, _ = _worker()
    assert await reading.was_read(Record(topic=SIGNALS.name, partition=0, offset=4, timestamp_ms=0, key=None, value=None))
    assert not await reading.was_read(Record(topic=SIGNALS.name, partition=0, offset=5, timestamp_ms=0, key=None, value=None))
    assert not await reading.was_read(Record(topic=SIGNALS.name, partition=1, offset=0, timestamp_ms=0, key=None, value=None))
