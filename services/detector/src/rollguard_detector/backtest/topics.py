"""
A past as it lies on the topics: telemetry in whichever format it came, rollouts, orders and outcomes, by when they were appended.

Whole topics are read into memory before the first event is played, since partitions lie side by side and only the append times
put them in order.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from rollguard_detector.backtest.sources import Complain
from rollguard_detector.core.ports import InputCodec, Origin
from rollguard_runtime.bus import Bus, Record
from rollguard_runtime.tape import Taped
from rollguard_schemas import codec
from rollguard_schemas.codec import Malformed
from rollguard_schemas.topics import BY_NAME, COMMANDS, METRICS, OUTCOMES, ROLLOUTS

_HEARD_FIRST = (ROLLOUTS.name, COMMANDS.name, OUTCOMES.name)  # of what was appended at once


async def records_of(bus: Bus, metric_topics: Sequence[str]) -> list[Record]:
    """Read all that lies on the topics now, in the order of its append times."""
    follower = bus.follower(list(dict.fromkeys([*_HEARD_FIRST, METRICS.name, *metric_topics])))
    try:
        await follower.start()
        return sorted(await follower.catch_up(), key=_order)
    finally:
        await follower.stop()


def past_of_records(records: Sequence[Record], input_codec: InputCodec, complain: Complain) -> Iterator[Taped]:
    """Yield the events of records; of those that say nothing, why."""
    for record in records:
        try:
            for event in _events(record, input_codec):
                yield Taped(record.seconds, event)
        except Malformed as error:
            complain(f"{record.topic}/{record.partition}, offset {record.offset}: {error.reason}: {error.detail}")


def _events(record: Record, input_codec: InputCodec) -> Sequence[Any]:
    if record.topic in _HEARD_FIRST:
        event = codec.decode(BY_NAME[record.topic], record.value, record.headers).event
        return () if event is None else (event,)
    return input_codec.decode(record.value, record.headers, Origin(record.topic, record.seconds)).points


def _order(record: Record) -> tuple[int, int, str, int, int]:
    rank = _HEARD_FIRST.index(record.topic) if record.topic in _HEARD_FIRST else len(_HEARD_FIRST)
    return record.timestamp_ms, rank, record.topic, record.partition, record.offset
