"""
Metric points: what producers say about a workload.

A point is one observation; missing is said by sending nothing, never by a zero. A point whose fields do not fit its kind is
refused while decoding, so that no model is ever fed half an observation.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rollguard_schemas.event import Event
from rollguard_schemas.fields import Count, Name, Revision, UnixSeconds

MetricKind = Literal["gauge", "counter", "ratio", "histogram"]
Temporality = Literal["cumulative", "delta"]


class MetricPoint(Event, frozen=True, kw_only=True):
    """
    One observation of one metric of one workload.

    ``gauge`` and ``counter`` (a running total; a fall is a reset) carry ``value``; ``ratio`` carries ``numerator`` and
    ``denominator``; ``histogram`` carries upper-inclusive ``bounds`` and one more of ``counts``. ``temporality`` says of a counter
    or histogram whether it counts since ``start_unix_seconds`` (cumulative; a later start is a reset) or since the point before.
    """

    metric: Name
    kind: MetricKind = "gauge"
    value: float | None = None
    numerator: float | None = None
    denominator: Annotated[float, Meta(ge=0)] | None = None
    bounds: tuple[float, ...] = ()
    counts: tuple[Count, ...] = ()
    temporality: Temporality = "cumulative"
    start_unix_seconds: UnixSeconds | None = None
    unit: str = ""
    revision: Revision | None = None
    labels: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a point whose fields do not fit its kind."""
        if self.kind in ("gauge", "counter") and self.value is None:
            raise ValueError(f"a {self.kind} needs `value`")
        if self.kind == "ratio" and (self.numerator is None or self.denominator is None):
            raise ValueError("a ratio needs `numerator` and `denominator`")
        if self.kind == "histogram" and len(self.counts) != len(self.bounds) + 1:
            raise ValueError(f"a histogram needs one more of `counts` ({len(self.counts)}) than of `bounds` ({len(self.bounds)})")


class MetricBatch(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="metric-batch"):
    """Several points in one message; the key is the workload that they share."""

    points: Annotated[tuple[MetricPoint, ...], Meta(min_length=1, max_length=10_000)]
