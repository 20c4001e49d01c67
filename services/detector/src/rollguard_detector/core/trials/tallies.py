"""
What a point counted, as a sum that can be added to others of its window.

The rule: counts where the wire has counts. A ratio is its numerator and denominator, a histogram its buckets; only what comes as
one number is a mean. A point that counts nothing, or not in whole events, is passed over or taken as a mean, never rounded.
"""

from collections.abc import Mapping, Sequence
from math import inf, isfinite

import msgspec

from rollguard_detector.core.histogram_differences import new_counts
from rollguard_schemas.metrics import MetricPoint

_MOST_EVENTS = 1 << 40  # of one point: what claims more is no count, and sums of it would outgrow the integers of a wire


class Counted(msgspec.Struct, frozen=True, array_like=True, tag="counted"):
    """Events, and how many of them were bad."""

    n: int
    bad: int


class Bucketed(msgspec.Struct, frozen=True, array_like=True, tag="bucketed"):
    """Events by the upper bound of their bucket, infinity for the open one."""

    uppers: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def n(self) -> int:
        """How many events."""
        return sum(self.counts)

    def by_upper(self) -> Mapping[float, int]:
        """Return the counts by bound."""
        return dict(zip(self.uppers, self.counts, strict=True))


class Summed(msgspec.Struct, frozen=True, array_like=True, tag="summed"):
    """Samples, and their sum."""

    n: int
    total: float


Tally = Counted | Bucketed | Summed


def tally_of(point: MetricPoint, before: MetricPoint | None, number: float | None, *, less_is_worse: bool) -> Tally | None:
    """
    Return what a point counted; None where it counted nothing.

    ``before`` is the last point of its series, for what counts since the beginning; ``number`` what the models take of it.
    """
    if point.kind == "histogram":
        return _bucketed(point, before, less_is_worse=less_is_worse)
    n, part = point.denominator or 0.0, point.numerator or 0.0
    is_counted = point.kind == "ratio" and n.is_integer() and part.is_integer() and 0.0 <= part <= n <= _MOST_EVENTS
    if is_counted:
        return Counted(int(n), int(n - part if less_is_worse else part)) if n else None
    return None if number is None else Summed(1, number)


def added(tallies: Sequence[Tally]) -> Tally | None:
    """Return the sum; None of nothing, and where kinds differ the first decides."""
    kinds = [one for one in tallies if type(one) is type(tallies[0])]
    if not kinds:
        return None
    if isinstance(kinds[0], Counted):
        return Counted(sum([one.n for one in kinds]), sum([one.bad for one in kinds if isinstance(one, Counted)]))
    if isinstance(kinds[0], Summed):
        return Summed(sum([one.n for one in kinds]), sum([one.total for one in kinds if isinstance(one, Summed)]))
    counts: dict[float, int] = {}
    for one in kinds:
        if isinstance(one, Bucketed):
            for upper, count in zip(one.uppers, one.counts, strict=True):
                counts[upper] = counts.get(upper, 0) + count
    return Bucketed(tuple(sorted(counts)), tuple(counts[upper] for upper in sorted(counts)))


def counts_beyond(tally: Tally | None, bound: float | None) -> tuple[int, int]:
    """Return how many samples there are, and how many of them are bad, or beyond the bound; none of another kind."""
    if isinstance(tally, Counted) and bound is None:
        return tally.n, tally.bad
    if isinstance(tally, Bucketed) and bound is not None:
        return tally.n, sum([count for upper, count in tally.by_upper().items() if upper > bound])
    return 0, 0


def _bucketed(point: MetricPoint, before: MetricPoint | None, *, less_is_worse: bool) -> Bucketed | None:
    counted = _new_counts(point, before)
    if counted is None or not 0 < sum(counted[1]) <= _MOST_EVENTS or not isfinite(sum(counted[0])):
        return None
    bounds, counts = counted
    if less_is_worse:  # on an axis that is turned round, what is low lies beyond
        return Bucketed((*(-bound for bound in reversed(bounds)), inf), tuple(reversed(counts)))
    return Bucketed((*bounds, inf), tuple(counts))


def _new_counts(point: MetricPoint, before: MetricPoint | None) -> tuple[tuple[float, ...], Sequence[int]] | None:
    if point.temporality == "delta":
        return point.bounds, point.counts
    if before is None or before.kind != point.kind or before.temporality != point.temporality:
        return None
    start, known = point.start_unix_seconds, before.start_unix_seconds
    if start is not None and known is not None and start > known:
        return point.bounds, point.counts
    return new_counts((before.bounds, before.counts), (point.bounds, point.counts))
