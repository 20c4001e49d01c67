"""
What the server saw since it was last asked: one window of observations, of one revision.

The rule: a point is about the revision that serves. When another one takes over, the window starts anew, and late answers of the
old one go to the running total only; counted here, they would be blamed on the new one. A window without requests has no latency.
"""

import math
from collections.abc import Sequence

import msgspec

_QUANTILE = 0.95


class Observations(msgspec.Struct, frozen=True, kw_only=True):
    """One window, drained."""

    revision: str
    requests: int
    errors: int
    labelled: int
    correct: int
    latency_p95_seconds: float | None
    requests_total: int


class Window:
    """Collects requests until drained."""

    def __init__(self) -> None:
        self._revision = ""
        self._requests_total = 0
        self._clear()

    def begin(self, revision: str) -> None:
        """Another revision serves from now on."""
        self._revision = revision
        self._clear()

    def observe(self, revision: str, latency_seconds: float, *, failed: bool, labelled: int = 0, correct: int = 0) -> None:
        """Count one answered request, and how many of its rows had labels and were right."""
        self._requests_total += 1
        if revision != self._revision:
            return
        self._latencies_seconds.append(latency_seconds)
        self._errors += failed
        self._labelled += labelled
        self._correct += correct

    def drain(self) -> Observations:
        """Return what was seen since the last time, and begin again."""
        drained = Observations(
            revision=self._revision,
            requests=len(self._latencies_seconds),
            errors=self._errors,
            labelled=self._labelled,
            correct=self._correct,
            latency_p95_seconds=quantile(self._latencies_seconds, _QUANTILE),
            requests_total=self._requests_total,
        )
        self._clear()
        return drained

    def _clear(self) -> None:
        self._latencies_seconds: list[float] = []
        self._errors = self._labelled = self._correct = 0


def quantile(values: Sequence[float], share_ratio: float) -> float | None:
    """Return the nearest-rank quantile: the least value that at least this share does not exceed; None of nothing."""
    if not values:
        return None
    return sorted(values)[max(math.ceil(share_ratio * len(values)), 1) - 1]
