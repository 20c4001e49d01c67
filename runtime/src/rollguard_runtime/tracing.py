"""
W3C trace context, carried from the causing record to what it causes.

Trace and span ids are derived from causes like every other id, so a replayed log shows as the trace that it replays. An invalid
``traceparent`` is replaced, never passed on: tracers drop the whole trace for one bad parent.
"""

import re
from hashlib import blake2b

_PATTERN = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_SAMPLED = "01"


def child_of(parent: str | None, cause: str) -> str:
    """Return the ``traceparent`` of a span caused by ``cause``, in the parent's trace or, without one, in a trace of its own."""
    span = blake2b(cause.encode(), digest_size=8).hexdigest()
    if parent is not None and _PATTERN.fullmatch(parent):
        version, trace, _, flags = parent.split("-")
        return f"{version}-{trace}-{span}-{flags}"
    trace = blake2b(cause.encode(), digest_size=16).hexdigest()
    return f"00-{trace}-{span}-{_SAMPLED}"
