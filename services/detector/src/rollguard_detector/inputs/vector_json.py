"""
What Vector's Kafka sink writes with the ``json`` or ``native_json`` codec: one metric of one of eight kinds.

``incremental`` means counted since the last flush, ``interval_ms`` long where the source says so. A distribution holds samples and
becomes buckets with an edge at each; an agent's sketch becomes the buckets that its keys stand for.
"""

from collections.abc import Sequence
from typing import Any

from rollguard_detector.core.exponential_histograms import MAX_BUCKETS
from rollguard_detector.core.identity import Identities, Who
from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.core.readings import quantile_suffix
from rollguard_detector.inputs import instants
from rollguard_detector.inputs.gathering import Gathering
from rollguard_detector.inputs.json_bytes import JsonReader
from rollguard_detector.inputs.vector_buckets import of_distribution, of_histogram, of_sketch
from rollguard_detector.inputs.vector_messages import Message, Metric
from rollguard_schemas.codec import Header, Malformed
from rollguard_schemas.metrics import Temporality

_TEMPORALITIES: dict[str, Temporality] = {"absolute": "cumulative", "incremental": "delta"}
_Buckets = tuple[tuple[float, ...], tuple[int, ...]]


class VectorJson:
    """The codec of Vector's metrics."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._reader = JsonReader(Message, is_strict=False)

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:
        """Read a metric; one without a time has its record's."""
        message: Message = self._reader.read(value)
        metric = message.metric or message
        gathering = Gathering(self._identities)
        at_seconds = instants.of_text(metric.timestamp) if metric.timestamp else origin.appended_at_seconds
        if metric.name is None or metric.kind is None:
            raise Malformed("wrong-shape", "a metric needs `name` and `kind`")
        if not at_seconds:
            gathering.skip("no-time")
        else:
            _Taking(gathering, self._identities.of_labels(_texts(metric.tags)), metric, at_seconds).take()
        return gathering.done(headers)


class _Taking:
    """One metric on its way into the gathering."""

    def __init__(self, gathering: Gathering, who: Who, metric: Metric, at_seconds: float) -> None:
        self._gathering, self._who, self._metric, self._at_seconds = gathering, who, metric, at_seconds
        self._name = f"{metric.namespace}_{metric.name}" if metric.namespace else metric.name or ""
        self._temporality = _TEMPORALITIES[metric.kind or "absolute"]
        since = at_seconds - metric.interval_ms / 1e3 if metric.interval_ms else -1.0
        self._start_seconds = since if self._temporality == "delta" and 0 <= since < at_seconds else None

    def take(self) -> None:
        """Take in the one value that there is."""
        metric = self._metric
        if metric.counter:
            self._number("counter", metric.counter.value)
        elif metric.gauge:
            self._gauge(metric.gauge.value)
        elif metric.set:
            self._number("gauge", float(len(set(metric.set.values))))
        elif metric.aggregated_summary:
            for one in metric.aggregated_summary.quantiles:
                self._number("gauge", one.value, suffix=quantile_suffix(one.quantile))
        else:
            self._histogram(metric)

    def _histogram(self, metric: Metric) -> None:
        if metric.distribution:
            self._buckets(metric.distribution.samples, of_distribution)
        elif metric.aggregated_histogram:
            self._buckets(metric.aggregated_histogram.buckets, of_histogram)
        elif metric.sketch:
            self._buckets(metric.sketch.sketch.agent.bins.k, lambda _: of_sketch(metric.sketch.sketch.agent.bins))
        else:
            self._gathering.skip("no-value")

    def _gauge(self, value: float) -> None:
        if self._temporality == "delta":
            self._gathering.skip("non-monotonic-delta")  # a step up or down from a level that this message does not hold
        else:
            self._number("gauge", value)

    def _number(self, kind: Any, value: float, *, suffix: str = "") -> None:
        temporality = self._temporality if kind == "counter" else "cumulative"
        start = self._start_seconds if kind == "counter" else None
        name = self._name + suffix
        self._gathering.number(self._who, name, kind, value, self._at_seconds, temporality=temporality, start_seconds=start)

    def _buckets(self, parts: Sequence[Any], reading: Any) -> None:
        buckets: _Buckets | None = reading(parts) if len(parts) <= MAX_BUCKETS else None
        if buckets is None:
            self._gathering.skip("buckets-out-of-range")
            return
        self._gathering.histogram(
            self._who, self._name, buckets, self._at_seconds, temporality=self._temporality, start_seconds=self._start_seconds
        )


def _texts(tags: dict[str, Any] | None) -> dict[str, str]:
    """Return tags with one value; those with none or several tell no series apart."""
    return {name: text for name, text in (tags or {}).items() if isinstance(text, str)}
