"""
Records as aiokafka hands them over, turned into ours.
"""

from typing import Any

from rollguard_runtime.bus import Record


def to_record(message: Any, *, is_replayed: bool = False) -> Record:
    """Turn a consumer's record into ours; a header without a value becomes an empty one."""
    return Record(
        message.topic,
        message.partition,
        message.offset,
        max(0, message.timestamp),
        message.key,
        message.value,
        tuple((name, bytes(content or b"")) for name, content in message.headers) if message.headers else (),
        is_replayed,
    )
