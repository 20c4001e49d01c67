"""
History from a file, CSV or Parquet, however its rows are ordered.

A row is kept as three numbers (its series, when, how much: 24 bytes) and becomes a point only when its turn comes, so that weeks of
many series fit into memory. A row that cannot be read is named by its line and left out.
"""

import asyncio
from array import array
from collections.abc import AsyncGenerator, Iterator

import numpy as np

from rollguard_detector.core.history import Span, Stretch, Unread, order_of
from rollguard_detector.history import identity
from rollguard_detector.history.cells import RowReader, Sample
from rollguard_detector.plain.columns import Unusable
from rollguard_detector.plain.table import open_table
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.metrics import MetricPoint

_ROWS_A_TURN = 5_000
_POINTS_A_STRETCH = 5_000


class FileHistory:
    """The rows of one file."""

    def __init__(self, path: str) -> None:
        self.name = path

    async def read(self, span: Span) -> AsyncGenerator[Stretch, None]:
        """Read all rows, telling now and then that it goes on, then give their points in order."""
        kept = _Kept(span)
        try:
            for unread in _read(self.name, kept):
                yield Stretch(span.since_seconds, unread=unread)
                await asyncio.sleep(0)
        except Unusable as error:
            raise Permanent(str(error)) from error
        except OSError as error:
            raise Temporary(f"{self.name} cannot be read: {error.strerror or error}") from error
        for stretch in kept.stretches():
            yield stretch
            await asyncio.sleep(0)


class _Kept:
    """The samples of a span, as columns."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._series, self._times, self._values = array("q"), array("d"), array("d")
        self.templates: list[MetricPoint] = []

    def add(self, sample: Sample) -> None:
        """Keep a sample, if it lies within the span."""
        if self._span.since_seconds <= sample.at_seconds < self._span.until_seconds:
            self._series.append(sample.series)
            self._times.append(sample.at_seconds)
            self._values.append(sample.value)

    def stretches(self) -> Iterator[Stretch]:
        """Yield the points in order; one instant is never cut in two."""
        times = np.array(self._times)
        ranks = np.zeros(max(len(self.templates), 1), dtype=np.int64)
        ranks[sorted(range(len(self.templates)), key=lambda index: order_of(self.templates[index]))] = np.arange(
            len(self.templates)
        )
        order = np.lexsort((ranks[np.array(self._series, dtype=np.int64)], times))
        times = times[order]
        start = 0
        while start < len(order):
            last = times[min(start + _POINTS_A_STRETCH, len(order)) - 1]
            end = int(np.searchsorted(times, last, side="right"))
            until = float(times[end]) if end < len(order) else self._span.until_seconds
            yield Stretch(until, tuple(self._point(int(row)) for row in order[start:end]))
            start = end

    def _point(self, row: int) -> MetricPoint:
        return identity.at(self.templates[self._series[row]], self._times[row], self._values[row])


def _read(path: str, kept: _Kept) -> Iterator[tuple[Unread, ...]]:
    """Keep every row of a file; yield, every so many rows and at the end, those that cannot be read."""
    with open_table(path) as table:
        reader = RowReader(path, table.names, table.unit)
        kept.templates = reader.templates
        unread: list[Unread] = []
        for count, (number, cells) in enumerate(table.rows, start=1):
            found = reader.read(number, cells)
            if isinstance(found, Unread):
                unread.append(found)
            else:
                kept.add(found)
            if count % _ROWS_A_TURN == 0:
                yield tuple(unread)
                unread = []
        yield tuple(unread)
