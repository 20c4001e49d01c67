"""
Vector's metrics as its ``json`` codec writes them; ``native_json`` wraps the same in ``{"metric": ...}``.
"""

from typing import Any, Literal

import msgspec


class Number(msgspec.Struct):
    """A counter's or a gauge's value."""

    value: float


class Set(msgspec.Struct):
    """Distinct values."""

    values: list[str]


class Sample(msgspec.Struct):
    """A value, and how often it was seen."""

    value: float
    rate: int


class Distribution(msgspec.Struct):
    """Raw samples."""

    samples: list[Sample]


class Bucket(msgspec.Struct):
    """How many lie at or below the limit, and above the one before."""

    upper_limit: float
    count: int


class Histogram(msgspec.Struct):
    """Explicit buckets."""

    buckets: list[Bucket]


class Quantile(msgspec.Struct):
    """One quantile of a summary."""

    quantile: float
    value: float


class Summary(msgspec.Struct):
    """Quantiles."""

    quantiles: list[Quantile]


class Bins(msgspec.Struct):
    """Keys, and how many samples each holds."""

    k: list[int]
    n: list[int]


class AgentSketch(msgspec.Struct):
    """A Datadog agent's sketch."""

    bins: Bins


class SketchKind(msgspec.Struct, rename={"agent": "AgentDDSketch"}):
    """The only kind of sketch that there is."""

    agent: AgentSketch


class Sketch(msgspec.Struct):
    """A sketch."""

    sketch: SketchKind


class Metric(msgspec.Struct):
    """A metric; exactly one of the values is there."""

    name: str | None = None
    namespace: str | None = None
    tags: dict[str, Any] | None = None
    timestamp: str | None = None
    interval_ms: int | None = None
    kind: Literal["absolute", "incremental"] | None = None
    counter: Number | None = None
    gauge: Number | None = None
    set: Set | None = None
    distribution: Distribution | None = None
    aggregated_histogram: Histogram | None = None
    aggregated_summary: Summary | None = None
    sketch: Sketch | None = None


class Message(Metric):
    """A metric, or what holds one."""

    metric: Metric | None = None
