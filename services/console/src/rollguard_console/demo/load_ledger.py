"""
The load generator's own ledger: what each second of users got.

The demo does not count on its own behalf: whoever sent the requests says how many were hurt.
"""

from pathlib import Path

import msgspec


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """One second of load; ``hurt`` are the requests that failed or were slower than the bound. No requests, no latency."""

    time_unix_seconds: float
    requests: int
    hurt: int
    latency_p95_seconds: float | None = None
    revision: str | None = None


def read(path: Path) -> list[Second]:
    """Read what was written so far; a last line that is still being written is left out."""
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines(keepends=True)
    return [msgspec.json.decode(line, type=Second) for line in lines if line.endswith(b"\n")]
