"""
OTLP data points to metric points, kind by kind, whichever encoding they came in.

A cumulative sum is a counter, and so is a delta sum, which says so and where its span began. Exponential histograms become bounds
and counts, a summary a gauge for each quantile, under the names that a histogram is read by. A gap that a producer declares
(NO_RECORDED_VALUE) stays a gap.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rollguard_detector.core.exponential_histograms import Buckets, explicit
from rollguard_detector.core.identity import Identities, Who
from rollguard_detector.core.readings import quantile_suffix
from rollguard_detector.inputs.gathering import Gathering
from rollguard_schemas.metrics import Temporality

NO_RECORDED_VALUE = 1
TEMPORALITIES: Mapping[int, Temporality] = {1: "delta", 2: "cumulative"}
NANO = 1e9
_END_OF_NANOS = 1 << 64
_MAX_BUCKETS = 4_096


class Place(NamedTuple):
    """What all data points have: of whom, of which metric, when."""

    who: Who
    labels: dict[str, str]
    metric: str
    unit: str
    time_nano: int
    start_nano: int
    flags: int

    @property
    def at_seconds(self) -> float:
        """The instant of the point; one beyond 64 bits is none, and fits no schema."""
        return self.time_nano / NANO if 0 <= self.time_nano < _END_OF_NANOS else -1.0

    @property
    def start_seconds(self) -> float | None:
        """When counting began, if the producer says so and it is no nonsense."""
        return self.start_nano / NANO if 0 < self.start_nano <= self.time_nano else None


class Resource:
    """One resource: who its points are about, asked again with the attributes of a point where it does not say."""

    def __init__(self, identities: Identities, attributes: Mapping[str, str]) -> None:
        self._identities, self._attributes = identities, attributes
        self._who = identities.of_resource(attributes)

    def who(self, attributes: dict[str, str]) -> tuple[Who, dict[str, str]]:
        """Return who a point is about, and its labels."""
        who = self._who
        if who.workload is None and attributes:
            who = self._identities.of_resource({**self._attributes, **attributes})
        if not attributes:
            return who, who.labels
        if not who.used.isdisjoint(attributes):
            attributes = {name: text for name, text in attributes.items() if name not in who.used}
        return who, {**who.labels, **attributes}


def take_gauge(gathering: Gathering, place: Place, value: float | None) -> None:
    """Take in a number that stands for itself."""
    if value is None or place.flags & NO_RECORDED_VALUE:
        gathering.skip("no-recorded-value")
    else:
        gathering.number(place.who, place.metric, "gauge", value, place.at_seconds, labels=place.labels, unit=place.unit)


def take_sum(gathering: Gathering, place: Place, value: float | None, temporality: int, *, is_monotonic: bool) -> None:
    """Take in a total; one that may fall is a gauge, and an increase that may be negative says nothing by itself."""
    known = TEMPORALITIES.get(temporality)
    if value is None or place.flags & NO_RECORDED_VALUE:
        gathering.skip("no-recorded-value")
    elif known is None:
        gathering.skip("no-temporality")
    elif is_monotonic:
        gathering.number(
            place.who,
            place.metric,
            "counter",
            value,
            place.at_seconds,
            labels=place.labels,
            unit=place.unit,
            temporality=known,
            start_seconds=place.start_seconds,
        )
    elif known == "cumulative":
        take_gauge(gathering, place, value)
    else:
        gathering.skip("non-monotonic-delta")  # its running total is the metric, and no single point holds it


def take_histogram(gathering: Gathering, place: Place, bounds: Sequence[float], counts: Sequence[int], temporality: int) -> None:
    """Take in explicit buckets."""
    known = TEMPORALITIES.get(temporality)
    if place.flags & NO_RECORDED_VALUE:
        gathering.skip("no-recorded-value")
    elif known is None:
        gathering.skip("no-temporality")
    elif len(counts) > _MAX_BUCKETS:
        gathering.skip("too-many-buckets")
    else:
        gathering.histogram(
            place.who,
            place.metric,
            (tuple(bounds), tuple(counts)),
            place.at_seconds,
            labels=place.labels,
            unit=place.unit,
            temporality=known,
            start_seconds=place.start_seconds,
        )


class Exponential(NamedTuple):
    """Exponential buckets; ``zero`` is the count of the zero bucket and how far it reaches."""

    scale: int
    zero: tuple[int, float]
    positive: Buckets
    negative: Buckets


def take_exponential(gathering: Gathering, place: Place, buckets: Exponential, temporality: int) -> None:
    """Take in exponential buckets."""
    found = None if place.flags & NO_RECORDED_VALUE else explicit(buckets.scale, *buckets.zero, buckets.positive, buckets.negative)
    if place.flags & NO_RECORDED_VALUE:
        gathering.skip("no-recorded-value")
    elif found is None:
        gathering.skip("buckets-out-of-range")
    else:
        take_histogram(gathering, place, *found, temporality)


def take_summary(gathering: Gathering, place: Place, quantiles: Iterable[tuple[float, float]]) -> None:
    """Take in a gauge for each quantile that holds a value."""
    listed = list(quantiles)
    if place.flags & NO_RECORDED_VALUE:
        gathering.skip("no-recorded-value")
    elif not listed:
        gathering.skip("no-quantiles")
    else:
        for rank, value in listed:
            take_gauge(gathering, place._replace(metric=place.metric + quantile_suffix(rank)), value)
