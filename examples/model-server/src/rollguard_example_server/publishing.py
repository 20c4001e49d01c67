"""
From the window to Kafka: one loop samples each second, another sends.

The rule: the broker never holds the server up. Samples wait in a short queue with the time at which they were taken; when Kafka is
away for longer, the oldest are dropped, and one line says so when it goes and one when it is back.
"""

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from rollguard_example_server.serving import Serving
from rollguard_example_server.telemetry import Message, Sample, messages
from rollguard_example_server.window import Window

log = logging.getLogger(__name__)

BACKLOG_SAMPLES = 60
_RETRY_SECONDS = 1.0
_REQUEST_TIMEOUT_MS = 10_000
_STATM = Path("/proc/self/statm")

Outbox = asyncio.Queue[list[Message]]


class Unreachable(Exception):
    """The broker did not take the messages; they may be offered again."""


class Broker(Protocol):
    """Where messages go."""

    async def publish(self, batch: Sequence[Message]) -> None:
        """Return once all are acknowledged; raise ``Unreachable`` otherwise."""

    async def stop(self) -> None:
        """Disconnect."""


class KafkaBroker:
    """A topic on Kafka; connects when first needed."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._bootstrap_servers, self._topic = bootstrap_servers, topic
        self._producer: Any = None

    async def publish(self, batch: Sequence[Message]) -> None:
        """Send and wait for the acknowledgements."""
        try:
            producer = await self._connected()
            await asyncio.gather(*(self._send(producer, message) for message in batch))
        except (KafkaError, OSError) as error:
            raise Unreachable(f"Kafka at {self._bootstrap_servers}: {error!r}") from error

    async def stop(self) -> None:
        """Flush and disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def _send(self, producer: Any, message: Message) -> None:
        headers = [("content-type", message.content_type.encode())]
        await producer.send_and_wait(self._topic, message.value, key=message.key, headers=headers)

    async def _connected(self) -> Any:
        if self._producer is None:
            producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap_servers, request_timeout_ms=_REQUEST_TIMEOUT_MS)
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer


async def sample_for_ever(serving: Serving, window: Window, outbox: Outbox, *, workload: str, every_seconds: float) -> None:
    """Take a sample at each tick and put it in the outbox; without a model there is nothing to say."""
    started_unix_seconds = time.time()
    while True:
        await asyncio.sleep(every_seconds - time.time() % every_seconds)
        if serving.current is not None:
            serving.current.leak()
            sample = Sample(
                seen=window.drain(),
                time_unix_seconds=time.time(),
                started_unix_seconds=started_unix_seconds,
                resident_memory_bytes=resident_memory_bytes(),
            )
            put(outbox, messages(workload, sample))


def put(outbox: Outbox, batch: list[Message]) -> None:
    """Add a batch; a full outbox gives up its oldest one."""
    if outbox.full():
        outbox.get_nowait()
    outbox.put_nowait(batch)


async def send_for_ever(outbox: Outbox, broker: Broker, *, retry_seconds: float = _RETRY_SECONDS) -> None:
    """Send what is in the outbox, in order; a batch that was not taken is offered again."""
    while True:
        batch = await outbox.get()
        failures = 0
        while not await _is_sent(broker, batch, is_first_try=failures == 0):
            failures += 1
            await asyncio.sleep(retry_seconds)
        if failures:
            log.warning("telemetry goes out again after %d failed tries", failures)


async def _is_sent(broker: Broker, batch: list[Message], *, is_first_try: bool) -> bool:
    try:
        await broker.publish(batch)
    except Unreachable as error:
        if is_first_try:
            log.error("telemetry waits, requests are still answered: %s", error)
        return False
    return True


def resident_memory_bytes() -> int | None:
    """Return what the process holds in memory, or None where the system does not tell it so."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
