"""
What a list of sources would teach, without teaching it: series, points and range of each source, and what cannot be read.

For a person before the service starts. A source that fails is told at once, since the person can ask again.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TextIO

import msgspec

from rollguard_detector.core.history import HistorySource, Order, Span, Unread, order_of
from rollguard_runtime.errors import Permanent, Temporary

EXIT_UNREAD, EXIT_FAILED = 1, 2
_NAMED_ROWS = 20


class Surveyed(msgspec.Struct):
    """What one source holds within the span; ``failed`` says why it gave no more."""

    source: str
    points: int = 0
    series: int = 0
    first_unix_seconds: float | None = None
    last_unix_seconds: float | None = None
    unread: int = 0
    failed: str = ""


async def survey(source: HistorySource, span: Span, complaints: TextIO) -> Surveyed:
    """Read a source to its end, telling the first rows that cannot be read."""
    found = Surveyed(source.name)
    series: set[Order] = set()
    try:
        async for stretch in source.read(span):
            for unread in stretch.unread:
                _complain(found, unread, complaints)
            for point in stretch.points:
                series.add((0.0, *order_of(point)[1:]))
            if stretch.points:
                found.points += len(stretch.points)
                found.first_unix_seconds = found.first_unix_seconds or stretch.points[0].time_unix_seconds
                found.last_unix_seconds = stretch.points[-1].time_unix_seconds
    except (Temporary, Permanent) as error:
        found.failed = str(error)
    found.series = len(series)
    return found


def _complain(found: Surveyed, unread: Unread, complaints: TextIO) -> None:
    found.unread += 1
    if found.unread <= _NAMED_ROWS:
        print(unread, file=complaints)
    elif found.unread == _NAMED_ROWS + 1:
        print(f"{found.source}: more of it cannot be read; counted, not shown", file=complaints)


async def check(sources: Sequence[HistorySource], span: Span, sink: TextIO, complaints: TextIO, *, as_json: bool) -> int:
    """Tell what every source would teach; return the exit code."""
    if not as_json:
        print(f"history from {_iso(span.since_seconds)} to {_iso(span.until_seconds)}", file=sink)
    code = 0
    for source in sources:
        found = await survey(source, span, complaints)
        print(json.dumps(msgspec.to_builtins(found)) if as_json else _sentence(found), file=sink)
        code = max(code, EXIT_FAILED if found.failed else EXIT_UNREAD if found.unread else 0)
    return code


def _sentence(found: Surveyed) -> str:
    words = f"{found.source}: {found.series} series, {found.points} points"
    if found.first_unix_seconds is not None and found.last_unix_seconds is not None:
        words += f", {_iso(found.first_unix_seconds)} to {_iso(found.last_unix_seconds)}"
    elif not found.failed:
        words += " in that time; look farther back with --back 30d"
    if found.unread:
        words += f"; {found.unread} could not be read"
    return words + (f"; failed: {found.failed}" if found.failed else "")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
