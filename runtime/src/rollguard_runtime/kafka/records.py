"""
Records as aiokafka hands them over, turned into ours.
"""

from collections.abc import Sequence
from typing import Any

from rollguard_runtime.bus import Record


def to_records(messages: Sequence[Any], *, handled: int = 0) -> list[Record]:
    """
    Turn records of one partition, in their order, into ours; those below the offset ``handled`` are replayed.

    A header without a value becomes an empty one.
    """
    return [
        Record(
            one.topic,
            one.partition,
            one.offset,
            one.timestamp if one.timestamp > 0 else 0,  # noqa: FURB136  # a call of max costs a third of all this
            one.key,
            one.value,
            tuple([(name, bytes(content or b"")) for name, content in one.headers]) if one.headers else (),
            one.offset < handled,
        )
        for one in messages
    ]
