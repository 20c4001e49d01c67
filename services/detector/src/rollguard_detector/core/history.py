"""
The port of a history: metric points from before the service began, in the order in which they happened.

The rule: a source gives its points in event time, series beside series in a fixed order, so that the same history teaches the same
thing however it is cut. What cannot be read is named and passed over; it never becomes a zero. A source that fails for the moment
says so and is read again from where it came to, so no source needs patience of its own.
"""

from collections.abc import AsyncGenerator
from typing import Protocol

import msgspec

from rollguard_detector.core.readings import labels_of
from rollguard_schemas.metrics import MetricPoint


class Span(msgspec.Struct, frozen=True):
    """Event time in Unix seconds, from ``since_seconds`` on and before ``until_seconds``."""

    since_seconds: float
    until_seconds: float


class Unread(msgspec.Struct, frozen=True):
    """What is no point: where it stands, what is wrong, and what to do about it (empty where nobody knows)."""

    where: str
    problem: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}" + (f"; {self.mend}" if self.mend else "")


class Stretch(msgspec.Struct, frozen=True):
    """Points in order; every point of the history before ``until_seconds`` has now been given. An empty one is a sign of life."""

    until_seconds: float
    points: tuple[MetricPoint, ...] = ()
    unread: tuple[Unread, ...] = ()


class HistorySource(Protocol):
    """One place where history lies."""

    @property
    def name(self) -> str:
        """What people call it, in logs and labels of metrics."""

    def read(self, span: Span) -> AsyncGenerator[Stretch, None]:
        """
        Give the points of a span, stretch by stretch.

        Raises:

            Temporary: when it does not answer; reading on from the last stretch's end may succeed later.
            Permanent: when it never will; the text says what to do.
        """


def span_before(now_seconds: float, *, rewind_seconds: float, back_seconds: float) -> Span:
    """Return the time that history is asked for: it ends where the log is read again."""
    until = max(0.0, now_seconds - rewind_seconds)
    return Span(max(0.0, until - back_seconds), until)


Order = tuple[float, str, str, tuple[tuple[str, str], ...], str]


def order_of(point: MetricPoint) -> Order:
    """Return what points are sorted by: event time, then the series, then the revision."""
    return point.time_unix_seconds, point.workload, point.metric, labels_of(point.labels), point.revision or ""
