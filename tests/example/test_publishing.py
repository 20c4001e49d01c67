"""From the window to the broker: the broker never holds the server up."""

import asyncio
import logging

import pytest
from aiokafka import AIOKafkaConsumer

from example.fakes import FakeBroker
from rollguard_example_server.publishing import KafkaBroker, Outbox, Unreachable, put, sample_for_ever, send_for_ever
from rollguard_example_server.telemetry import Message

LIMIT_SECONDS = 30.0


def batch(number):
    return [Message(b"demo/model", str(number).encode(), "application/json")]


async def until(condition):
    async with asyncio.timeout(LIMIT_SECONDS):
        while not condition():  # noqa: ASYNC110  # what is waited for has nobody to signal it
            await asyncio.sleep(0.001)


async def run_until(loop, condition):
    task = asyncio.ensure_future(loop)
    try:
        await until(condition)
    finally:
        task.cancel()


def test_a_full_outbox_gives_up_its_oldest_batch():
    outbox = Outbox(2)
    for number in range(3):
        put(outbox, batch(number))
    assert [outbox.get_nowait() for _ in range(2)] == [batch(1), batch(2)]


async def test_batches_that_were_not_taken_are_offered_again_in_order(caplog):
    caplog.set_level(logging.WARNING)
    outbox, broker = Outbox(10), FakeBroker(refusals=3)
    for number in range(2):
        put(outbox, batch(number))
    await run_until(send_for_ever(outbox, broker, retry_seconds=0.0), lambda: len(broker.taken) == 2)
    assert broker.taken == [*batch(0), *batch(1)]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]  # once when it goes, once when it is back


async def test_telemetry_of_the_version_that_serves_goes_out_at_each_tick(serving, window, http):
    await serving.refresh()
    outbox = Outbox(10)
    sampling = sample_for_ever(serving, window, outbox, workload="demo/model", every_seconds=0.01)
    await run_until(sampling, lambda: outbox.qsize() >= 2)
    assert outbox.get_nowait()[0].key == b"demo/model"


async def test_nothing_is_said_before_a_model_serves(serving, window, registry):
    registry.alias = None
    outbox = Outbox(10)
    sampling = sample_for_ever(serving, window, outbox, workload="demo/model", every_seconds=0.001)
    task = asyncio.ensure_future(sampling)
    await asyncio.sleep(0.02)
    assert outbox.empty()
    registry.alias = "1"
    await serving.refresh()
    await until(lambda: not outbox.empty())
    task.cancel()


async def test_requests_are_answered_while_the_broker_is_away(serving, window, http):
    await serving.refresh()
    outbox, broker = Outbox(2), FakeBroker(refusals=1_000_000)
    loops = [
        asyncio.ensure_future(sample_for_ever(serving, window, outbox, workload="demo/model", every_seconds=0.001)),
        asyncio.ensure_future(send_for_ever(outbox, broker, retry_seconds=0.001)),
    ]
    await until(outbox.full)
    assert (await http.post("/predict", json={"features": [[0.0] * 30]})).status_code == 200
    broker.refusals = 0
    await until(lambda: broker.taken)
    for loop in loops:
        loop.cancel()


async def test_a_broker_that_does_not_listen_is_unreachable():
    broker = KafkaBroker("127.0.0.1:1", "rollguard-metrics")
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"):
        await broker.publish(batch(0))


@pytest.mark.real
async def test_what_kafka_acknowledged_can_be_read_with_key_and_content_type(rollguard_topics):
    broker = KafkaBroker(rollguard_topics.bootstrap, "rollguard-metrics")
    try:
        await broker.publish([Message(b"demo/of-this-test", b"{}", "application/json")])
    finally:
        await broker.stop()
    consumer = AIOKafkaConsumer(
        "rollguard-metrics", bootstrap_servers=rollguard_topics.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            async for record in consumer:
                if record.key == b"demo/of-this-test":
                    break
    finally:
        await consumer.stop()
    assert (record.value, record.headers) == (b"{}", (("content-type", b"application/json"),))
