"""
What the kernel says of this process' memory: how much it has, and how much it may have.

Linux tells both by files; elsewhere nothing is known, and nothing is limited by it.
"""

import os
from pathlib import Path

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_UNLIMITED_BYTES = 1 << 50  # version 1 of control groups says a huge number for none


def resident_bytes(statm: Path = Path("/proc/self/statm")) -> int:
    """Return the resident set; 0 where nobody tells."""
    try:
        return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def allowed_bytes(limits: tuple[Path, ...] = _LIMITS) -> int | None:
    """Return the limit of the container; None where there is none."""
    for limit in limits:
        try:
            text = limit.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit() and int(text) < _UNLIMITED_BYTES:
            return int(text)
    return None
