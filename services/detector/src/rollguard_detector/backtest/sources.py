"""
A recorded past as one stream in the order in which it was appended.

Each source is taken in its own order, since that is how it would have come: a point that lies late in a file is late, as it was. A
table holds points alone and is sorted by event time; where rollouts belong to it, they lie in a second file.
"""

import asyncio
import gzip
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from math import inf
from pathlib import Path

from rollguard_detector.core.history import Span
from rollguard_detector.history.files import FileHistory
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_runtime.tape import Taped, read_tape
from rollguard_schemas.metrics import MetricPoint

TABLES = (".csv", ".parquet")
_EVERYTHING = Span(-inf, inf)

Complain = Callable[[str], None]


class Read:
    """How much of all sources was read, of 1; unknown where a table is among them."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._total = 0 if any(is_table(path) for path in paths) else sum(Path(path).stat().st_size for path in paths)
        self._positions: dict[str, int] = {}

    def at(self, path: str, position: int) -> None:
        """Note how far a file was read, in bytes."""
        self._positions[path] = position

    @property
    def share(self) -> float | None:
        """The share, or None."""
        return min(1.0, sum(self._positions.values()) / self._total) if self._total else None


def is_table(path: str) -> bool:
    """Say whether a file is read as a table, by its name."""
    return path.endswith(TABLES)


def past_of(paths: Sequence[str], complain: Complain) -> tuple[Iterator[Taped], Read]:
    """
    Return the events of all files, merged by when they were appended, and how far they were read.

    Raises:

        Permanent: for a file that cannot be read.
    """
    try:
        read = Read(paths)
    except OSError as error:
        raise Permanent(f"{error.filename} cannot be read: {error.strerror}") from error
    streams = [_table(path, complain) if is_table(path) else _lines(path, complain, read) for path in paths]
    return merge(streams), read


def merge(streams: Iterable[Iterator[Taped]]) -> Iterator[Taped]:
    """Merge streams by when their events were appended; what was appended at once keeps the order of the streams."""
    return heapq.merge(*streams, key=lambda taped: taped.at_unix_seconds)


def within(past: Iterable[Taped], since: float, until: float) -> Iterator[Taped]:
    """Leave out the telemetry outside a span; rollouts and orders from before it still hold."""
    for taped in past:
        if taped.at_unix_seconds >= until:
            continue
        if taped.at_unix_seconds >= since or not (isinstance(taped.event, MetricPoint) or hasattr(taped.event, "points")):
            yield taped


def _lines(path: str, complain: Complain, read: Read) -> Iterator[Taped]:
    with ExitStack() as opened:
        raw = opened.enter_context(Path(path).open("rb"))
        source = opened.enter_context(gzip.open(raw)) if path.endswith(".gz") else raw
        for taped in read_tape(source, complain, name=f"{path}: line"):
            yield taped
            read.at(path, raw.tell())


def _table(path: str, complain: Complain) -> Iterator[Taped]:
    """Drive the history's own reader, which is written for the service's loop."""
    loop = asyncio.new_event_loop()
    stretches = FileHistory(path).read(_EVERYTHING)
    try:
        with suppress(StopAsyncIteration):
            while True:
                stretch = loop.run_until_complete(anext(stretches))
                for unread in stretch.unread:
                    complain(str(unread))
                for point in stretch.points:
                    yield Taped(point.time_unix_seconds, point)
    except Temporary as error:
        raise Permanent(str(error)) from error
    finally:
        loop.run_until_complete(stretches.aclose())
        loop.close()
