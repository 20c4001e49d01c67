"""
Latency, or any histogram, as counts of what lies beyond a few of its own bounds: each is then a rate like any other.

The bounds nearest the median, the 90th and the 99th percentile of both arms together, of the first requests seen, then frozen.
Where the candidate is as the control, which of the pooled requests are the candidate's does not depend on their values, so
choosing by the pooled counts favours neither arm. Bounds chosen by one arm alone, or again after each window, would.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rollguard_detector.core.comparison.window import Window

RANKS = (0.5, 0.9, 0.99)
LEAST_PER_RANK = 100  # pooled requests before bounds are chosen


class HistogramWindow(NamedTuple):
    """Counts by upper bound of their bucket (infinity for the open one), of either arm."""

    control: Mapping[float, int]
    candidate: Mapping[float, int]

    @property
    def n(self) -> int:
        """Requests of both arms."""
        return sum(self.control.values()) + sum(self.candidate.values())


def choose_bounds(windows: Sequence[HistogramWindow]) -> tuple[float, ...]:
    """Return the bucket bounds at or above each rank of all requests; fewer where ranks share a bucket or lie in the open one."""
    pooled: dict[float, int] = {}
    for window in windows:
        for arm in window:
            for bound, count in arm.items():
                pooled[bound] = pooled.get(bound, 0) + count
    edges, total = sorted(pooled), sum(pooled.values())
    found, below, ranks = [], 0, list(RANKS)
    for edge in edges[:-1]:  # nothing lies beyond the last
        below += pooled[edge]
        if ranks and below >= ranks[0] * total:
            found.append(edge)
            ranks = [rank for rank in ranks if below < rank * total]
    return tuple(found)


def beyond(window: HistogramWindow, bound: float) -> Window:
    """Return how many requests of either arm lie above a bound."""
    counts = []
    for arm in window:
        counts += [sum(arm.values()), sum([count for upper, count in arm.items() if upper > bound])]
    return Window(*counts)
