"""
Load at a steady rate, sent by a process of its own, so that whoever measures beside it does not wait behind it.

    PYTHONPATH=bench python -m load.steady BOOTSTRAP --series N --rate POINTS_A_SECOND --seconds N --skip POINTS

Each turn's points go as one batch a partition. Prints as JSON how many points were sent in how many seconds.
"""

import argparse
import asyncio
import itertools
import json
import time
import zlib
from collections.abc import Iterator

from aiokafka import AIOKafkaProducer

from load.points import Message, messages
from load.topic import PARTITIONS
from rollguard_schemas.topics import METRICS

_TURN_SECONDS, _MANY = 0.02, 10**9


async def send(bootstrap: str, load: Iterator[Message], rate: float, seconds: float) -> tuple[int, float]:
    """Send load at a rate; return how many points it was, and how long it took."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks=1, max_batch_size=1 << 20)
    await producer.start()
    began, sent = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - began) < seconds:
        due = int(rate * elapsed) - sent
        await _send_turn(producer, itertools.islice(load, due))
        sent += due
        await asyncio.sleep(max(0.0, _TURN_SECONDS - (time.perf_counter() - began - elapsed)))
    await producer.flush()
    took = time.perf_counter() - began
    await producer.stop()
    return sent, took


async def _send_turn(producer: AIOKafkaProducer, load: Iterator[Message]) -> None:
    builders = [producer.create_batch() for _ in range(PARTITIONS)]
    now_ms = int(time.time() * 1000)
    for key, value, _ in load:
        number = zlib.crc32(key) % PARTITIONS
        if builders[number].append(key=key, value=value, timestamp=now_ms) is None:
            await producer.send_batch(builders[number], METRICS.name, partition=number)
            builders[number] = producer.create_batch()
            builders[number].append(key=key, value=value, timestamp=now_ms)
    for number, builder in enumerate(builders):
        if builder.record_count():
            await producer.send_batch(builder, METRICS.name, partition=number)


def main() -> None:
    """Send, and say how much."""
    parser = argparse.ArgumentParser(prog="bench/load/steady.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("bootstrap")
    parser.add_argument("--series", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--skip", type=int, default=0, help="points of the same load that were sent before")
    asked = parser.parse_args()
    load = itertools.islice(messages(asked.series, _MANY), asked.skip, None)
    sent, took = asyncio.run(send(asked.bootstrap, load, asked.rate, asked.seconds))
    print(json.dumps({"sent": sent, "seconds": took}))


if __name__ == "__main__":
    main()
