"""
Records as aiokafka hands them over, turned into ours.
"""

from typing import Any

from rollguard_runtime.bus import Record


def to_record(message: Any, *, is_replayed: bool = False) -> Record:
    """Turn a consumer's record into ours; a header without a value becomes an empty one."""
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=max(0, message.timestamp),
        key=message.key,
        value=message.value,
        headers=tuple((name, bytes(content or b"")) for name, content in message.headers),
        is_replayed=is_replayed,
    )
