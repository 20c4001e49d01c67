"""
W3C trace context, carried from the causing record to what it causes.

Trace and span ids are derived from causes like every other id, so a replayed log shows as the trace that it replays. An invalid
``traceparent`` is replaced, never passed on: tracers drop the whole trace for one bad parent. The causing span's id travels in
``tracestate``, so that whoever exports a span needs nothing but the record that it stands for.
"""

import re
from hashlib import blake2b
from typing import TypedDict

_PATTERN = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_SAMPLED = "01"
VENDOR = "rollguard"


class TraceHeaders(TypedDict):
    """What an outgoing record says of its trace; no ``tracestate`` where the record begins one."""

    traceparent: str
    tracestate: str | None


def is_valid(traceparent: str) -> bool:
    """Say whether a ``traceparent`` is one."""
    return _PATTERN.fullmatch(traceparent) is not None


def caused(parent: str | None, cause: str) -> TraceHeaders:
    """Return the headers of a record caused by ``cause``, as a child of the record that bore ``parent``."""
    tracestate = f"{VENDOR}={parent.split('-')[2]}" if parent is not None and is_valid(parent) else None
    return {"traceparent": child_of(parent, cause), "tracestate": tracestate}


def child_of(parent: str | None, cause: str) -> str:
    """Return the ``traceparent`` of a span caused by ``cause``, in the parent's trace or, without one, in a trace of its own."""
    span = blake2b(cause.encode(), digest_size=8).hexdigest()
    if parent is not None and is_valid(parent):
        version, trace, _, flags = parent.split("-")
        return f"{version}-{trace}-{span}-{flags}"
    trace = blake2b(cause.encode(), digest_size=16).hexdigest()
    return f"00-{trace}-{span}-{_SAMPLED}"
