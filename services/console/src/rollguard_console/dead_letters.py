"""
Dead letters, read back: why a record could not be read, where it lay, and its bytes.
"""

from collections.abc import Iterator
from typing import Any

from rollguard_runtime.bus import Record

_PREFIX = "__connect.errors."
_ROW_BYTES = 16


def describe(letter: Record, *, with_bytes: bool = False) -> dict[str, Any]:
    """Return a dead letter as a document; the text is null where the bytes are no UTF-8."""
    why = {name.removeprefix(_PREFIX): _text(content) for name, content in letter.headers if name.startswith(_PREFIX)}
    said = {
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "buried_unix_seconds": letter.seconds,
        "reason": why.get("class.name"),
        "detail": why.get("exception.message"),
        "service": why.get("connector.name"),
        "stage": why.get("stage"),
        "from_topic": why.get("topic"),
        "from_partition": why.get("partition"),
        "from_offset": why.get("offset"),
    }
    return said | (_content(letter) if with_bytes else {})


def hex_rows(content: bytes) -> Iterator[str]:
    """Write bytes as hexdump does: offset, hex, and the characters that can be shown."""
    for start in range(0, len(content), _ROW_BYTES):
        row = content[start : start + _ROW_BYTES]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        yield f"{start:08x}  {row.hex(' '):<{_ROW_BYTES * 3 - 1}}  {shown}"


def _content(letter: Record) -> dict[str, Any]:
    original = [(name, content) for name, content in letter.headers if not name.startswith(_PREFIX)]
    value = letter.value
    return {
        "key": None if letter.key is None else letter.key.decode(errors="replace"),
        "headers": {name: content.decode(errors="replace") for name, content in original},
        "value_text": _text(value),
        "value_hex": None if value is None else value.hex(),
    }


def _text(content: bytes | None) -> str | None:
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
