"""
The points of one record while it is being read, and what was left out by reason.

Every codec but our own ends here: a sample with its attributes becomes a ``MetricPoint`` of a known workload that keeps the bounds
of the schema, or a reason. Points are built without the schema's decoder, which would cost more than reading the bytes; so what the
decoder would have checked is checked here.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import isfinite

from rollguard_detector.core.identity import Identities, Who
from rollguard_detector.core.ports import DecodedPoints
from rollguard_schemas.codec import Header
from rollguard_schemas.fields import LATEST_UNIX_SECONDS
from rollguard_schemas.metrics import MetricKind, MetricPoint, Temporality

_LONGEST_NAME = 253
_END_OF_COUNTS = 1 << 64
MAX_POINTS = 100_000


class Gathering:
    """Points so far; a record that holds more than any producer sends is cut off there, and the rest is counted."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._points: list[MetricPoint] = []
        self.skipped: Counter[str] = Counter()

    def skip(self, reason: str, count: int = 1) -> None:
        """Count what was left out."""
        self.skipped[reason] += count

    def number(
        self,
        who: Who,
        metric: str,
        kind: MetricKind,
        value: float,
        at_seconds: float,
        *,
        labels: dict[str, str] | None = None,
        unit: str = "",
        temporality: Temporality = "cumulative",
        start_seconds: float | None = None,
    ) -> None:
        """Take in a gauge or a counter."""
        if not isfinite(value):
            self.skip("not-finite")
        elif self._fits(who, metric, at_seconds):
            revision = who.revision
            self._points.append(
                MetricPoint(
                    workload=who.workload or "",
                    time_unix_seconds=at_seconds,
                    metric=metric,
                    kind=kind,
                    value=value,
                    temporality=temporality,
                    start_unix_seconds=start_seconds,
                    unit=unit,
                    revision=self._identities.revision(who, at_seconds) if revision is None else revision,
                    labels=who.labels if labels is None else labels,
                )
            )

    def histogram(
        self,
        who: Who,
        metric: str,
        buckets: tuple[tuple[float, ...], tuple[int, ...]],
        at_seconds: float,
        *,
        labels: dict[str, str] | None = None,
        unit: str = "",
        temporality: Temporality = "cumulative",
        start_seconds: float | None = None,
    ) -> None:
        """Take in bounds and one more of counts, as they are."""
        if not _are_buckets(*buckets):
            self.skip("no-buckets")
        elif self._fits(who, metric, at_seconds):
            self._points.append(
                MetricPoint(
                    workload=who.workload or "",
                    time_unix_seconds=at_seconds,
                    metric=metric,
                    kind="histogram",
                    bounds=buckets[0],
                    counts=buckets[1],
                    temporality=temporality,
                    start_unix_seconds=start_seconds,
                    unit=unit,
                    revision=self._identities.revision(who, at_seconds),
                    labels=who.labels if labels is None else labels,
                )
            )

    def done(self, headers: Sequence[Header]) -> DecodedPoints:
        """Return what was gathered."""
        return DecodedPoints(tuple(self._points), self.skipped, traceparent_of(headers))

    def _fits(self, who: Who, metric: str, at_seconds: float) -> bool:
        if who.workload is None:
            self.skip(who.reason)
        elif not (0 <= at_seconds <= LATEST_UNIX_SECONDS and 0 < len(metric) <= _LONGEST_NAME):
            self.skip("out-of-schema")
        elif len(self._points) >= MAX_POINTS:
            self.skip("too-many-points")
        else:
            return True
        return False


def traceparent_of(headers: Sequence[Header]) -> str | None:
    """Return the trace that a record belongs to."""
    return next((content.decode("ascii", "replace") for name, content in headers if name.lower() == "traceparent"), None)


def _are_buckets(bounds: tuple[float, ...], counts: tuple[int, ...]) -> bool:
    return (
        len(counts) == len(bounds) + 1 > 1
        and all(isfinite(bound) for bound in bounds)
        and all(low < high for low, high in pairwise(bounds))
        and 0 <= min(counts) <= max(counts) < _END_OF_COUNTS
    )
