"""
Points that wait until everything before them has come, so that they go on in the order of their times.

The rule: the order is that of event time, and of equal times that of partition and offset, whatever was polled together. A point
that comes behind the watermark is counted and goes on at once: whether it is late for its own series is for the series to say.
No more than so many points wait: beyond that the oldest go on, since memory that grows with a stuck partition ends the process for
all.
"""

import heapq
from collections.abc import Collection, Iterable, Sequence

from rollguard_detector.core.listening import Source
from rollguard_schemas.metrics import MetricPoint

_Waiting = tuple[float, Source, int, int, MetricPoint]  # time, partition, offset, place in its record: no two are equal


class Reordering:
    """The points that wait, and from which offset on each partition has some."""

    def __init__(self, *, most_points: int) -> None:
        self._most = most_points
        self._waiting: dict[str, list[_Waiting]] = {}  # by topic, a heap
        self._open: dict[Source, dict[int, int]] = {}  # by partition, the offsets in order, with how many points of each wait

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def topics(self) -> list[str]:
        """Return the topics of which points wait."""
        return [topic for topic, waiting in self._waiting.items() if waiting]

    def hold(self, source: Source, offset: int, points: Sequence[MetricPoint]) -> None:
        """Let the points of a record wait; of one that is offered again they do already."""
        if offset in self._open.get(source, ()):
            return
        heap = self._waiting.setdefault(source[0], [])
        for place, point in enumerate(points):
            heapq.heappush(heap, (point.time_unix_seconds, source, offset, place, point))
        if points:
            self._open.setdefault(source, {})[offset] = len(points)

    def before(self, topic: str, watermark_seconds: float) -> list[MetricPoint]:
        """Return the points of a topic before an instant, in order; they wait no more."""
        heap = self._waiting.get(topic, [])
        gone = []
        while heap and heap[0][0] < watermark_seconds:
            gone.append(heapq.heappop(heap))
        return self._let_go(gone)

    def too_many(self) -> list[MetricPoint]:
        """Return the oldest points of those that are too many; they wait no more."""
        gone: list[_Waiting] = []
        while len(self) > self._most:
            fullest = max(self._waiting.values(), key=len)
            gone += [heapq.heappop(fullest) for _ in range(min(len(fullest), len(self) - self._most))]
        return self._let_go(gone)

    def forget(self, sources: Collection[Source]) -> None:
        """Let go of points that somebody else reads again."""
        for topic, heap in self._waiting.items():
            self._waiting[topic] = [one for one in heap if one[1] not in sources]
            heapq.heapify(self._waiting[topic])
        for source in sources:
            self._open.pop(source, None)

    def floor(self, source: Source, next_offset: int) -> int:
        """Return from where a partition has to be read again for nothing to be lost, read up to an offset as it is."""
        return next(iter(self._open.get(source, ())), next_offset)

    def _let_go(self, gone: Iterable[_Waiting]) -> list[MetricPoint]:
        points = []
        for _, source, offset, _, point in gone:
            left = self._open[source]
            left[offset] -= 1
            if not left[offset]:
                del left[offset]
            points.append(point)
        return points
