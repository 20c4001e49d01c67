"""
What was counted between two states of one cumulative histogram, also where its bounds have changed in between.

An exponential histogram shifts and coarsens its buckets as it grows. Both states are brought to the bounds on which both can be
told exactly: a bound is kept if it is an edge of a state or cuts a bucket in which that state counted nothing. No count is ever
split, so the difference is exact, only coarser.
"""

from bisect import bisect_left
from collections.abc import Sequence

Bounds = tuple[float, ...]


def new_counts(before: tuple[Bounds, Sequence[int]], after: tuple[Bounds, Sequence[int]]) -> tuple[Bounds, tuple[int, ...]] | None:
    """Return the bounds and what was added; a count that fell means that counting began anew. None where no bound is shared."""
    bounds = before[0] if before[0] == after[0] else _shared(before, after)
    if not bounds:
        return None
    old, new = _regrouped(before, bounds), _regrouped(after, bounds)
    added = tuple(count - last for count, last in zip(new, old, strict=True))
    return (after[0], tuple(after[1])) if min(added) < 0 else (bounds, added)


def _shared(one: tuple[Bounds, Sequence[int]], other: tuple[Bounds, Sequence[int]]) -> Bounds:
    return tuple(bound for bound in sorted({*one[0], *other[0]}) if _can_tell(one, bound) and _can_tell(other, bound))


def _can_tell(state: tuple[Bounds, Sequence[int]], bound: float) -> bool:
    bounds, counts = state
    place = bisect_left(bounds, bound)
    return (place < len(bounds) and bounds[place] == bound) or counts[place] == 0


def _regrouped(state: tuple[Bounds, Sequence[int]], bounds: Bounds) -> Sequence[int]:
    if state[0] == bounds:
        return state[1]
    regrouped = [0] * (len(bounds) + 1)
    for upper, count in zip((*state[0], float("inf")), state[1], strict=True):
        if count:
            regrouped[bisect_left(bounds, upper)] += count
    return regrouped
