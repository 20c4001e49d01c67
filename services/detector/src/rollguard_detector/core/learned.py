"""
What was learned from history, kept so that no point is learned twice.

A point of the history may also come live: the log reaches back, or a producer repeats itself. It is late then, whichever revision
either of the two names; a history that knows no revisions would otherwise teach a series the same minutes again.
"""

import math

from rollguard_detector.core.readings import labels_of, metric_of
from rollguard_schemas.metrics import MetricPoint

_Key = tuple[str, str, tuple[tuple[str, str], ...]]


class Learned:
    """Up to when the history told each series."""

    def __init__(self) -> None:
        self._until: dict[_Key, float] = {}
        self._newest = -math.inf

    @property
    def series_count(self) -> int:
        """How many series the history told of."""
        return len(self._until)

    @property
    def newest(self) -> float:
        """Up to when history told the series that it told most of; a later point it cannot have told."""
        return self._newest

    def note(self, point: MetricPoint) -> None:
        """Remember that a point of the history was learned."""
        key = _key(point)
        self._until[key] = max(point.time_unix_seconds, self._until.get(key, -math.inf))
        self._newest = max(point.time_unix_seconds, self._newest)

    def forget(self, workload: str) -> None:
        """Hold nothing of a workload to be learned any more."""
        for key in [key for key in self._until if key[0] == workload]:
            del self._until[key]

    def covers(self, point: MetricPoint) -> bool:
        """Whether the history reached beyond this point of the same series."""
        return bool(self._until) and point.time_unix_seconds <= self._until.get(_key(point), -math.inf)


def _key(point: MetricPoint) -> _Key:
    return point.workload, metric_of(point), labels_of(point.labels)
