"""
How far event time is complete: up to the newest point of the slowest partition, less what a point may be late.

The rule: a partition that says nothing for a while holds nobody up, or one that no producer uses would stop all the others; it
counts again from its next point on. A topic's pace is its own. Whoever asks tells the time.
"""

import math

from rollguard_detector.core.listening import Source


class Watermarks:
    """The newest event time of each partition that is read, and when something came of it last; all in seconds."""

    def __init__(self, *, lateness_seconds: float, idle_seconds: float) -> None:
        self._lateness, self._idle = lateness_seconds, idle_seconds
        self._newest: dict[Source, float] = {}
        self._came_at: dict[Source, float] = {}

    def take(self, source: Source, now: float) -> None:
        """Begin to read a partition: until it says something, or has had its time to, nothing of its topic is complete."""
        self._newest.setdefault(source, -math.inf)
        self._came_at[source] = now

    def release(self, source: Source) -> None:
        """A partition is read by somebody else."""
        self._newest.pop(source, None)
        self._came_at.pop(source, None)

    def hear(self, source: Source, newest_seconds: float, now: float) -> None:
        """Something came of a partition, with points up to this event time."""
        self._newest[source] = max(newest_seconds, self._newest.get(source, -math.inf))
        self._came_at[source] = now

    def of(self, topic: str, now: float) -> float:
        """Return the time before which a topic's points are all here; infinite if none of its partitions says anything."""
        newest = [self._newest[source] for source in self._newest if source[0] == topic and not self._is_idle(source, now)]
        return min(newest, default=math.inf) - self._lateness

    def age_seconds(self, now: float) -> float:
        """Return how far the slowest partition that says something lies behind; 0 if none does."""
        newest = [at for source, at in self._newest.items() if not self._is_idle(source, now) and at > -math.inf]
        return max(0.0, now - min(newest)) if newest else 0.0

    def _is_idle(self, source: Source, now: float) -> bool:
        return now - self._came_at[source] >= self._idle
