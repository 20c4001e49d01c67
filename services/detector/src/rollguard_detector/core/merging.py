"""
Several histories as one, in event time.

The slowest source sets the pace: a point is handed on only when no source can give an earlier one any more, or two sources that
know the same workload would make each other's points late.
"""

import heapq
from collections.abc import AsyncIterator, Sequence

from rollguard_detector.core.history import Stretch, order_of
from rollguard_schemas.metrics import MetricPoint


class _Head:
    """The part of a source's last stretch that was not handed on yet; None of a stretch means that the source ended."""

    def __init__(self, source: AsyncIterator[Stretch]) -> None:
        self._source = source
        self.stretch: Stretch | None = None

    async def advance(self) -> Stretch | None:
        self.stretch = await anext(self._source, None)
        return self.stretch

    def take_before(self, seconds: float) -> list[MetricPoint]:
        """Split off the points before an instant."""
        if self.stretch is None:
            return []
        points = self.stretch.points
        count = next((index for index, point in enumerate(points) if point.time_unix_seconds >= seconds), len(points))
        self.stretch = Stretch(self.stretch.until_seconds, points[count:])
        return list(points[:count])


async def merged(sources: Sequence[AsyncIterator[Stretch]]) -> AsyncIterator[Stretch]:
    """Yield the points of all sources in order; equal instants of one series keep the order of the sources."""
    heads = [_Head(source) for source in sources]
    unread = [one for head in heads if (new := await head.advance()) for one in new.unread]
    while known := [head.stretch.until_seconds for head in heads if head.stretch is not None]:
        until = min(known)
        points = heapq.merge(*(head.take_before(until) for head in heads), key=order_of)
        yield Stretch(until, tuple(points), tuple(unread))
        due = [head for head in heads if head.stretch is not None and head.stretch.until_seconds <= until]
        unread = [one for head in due if (new := await head.advance()) for one in new.unread]
