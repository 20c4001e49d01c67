"""
From scores of any scale to calibrated evidence: the rank among the recent ones, and what many in a row add up to.

The rank (conformal, ties as odd) holds for any distribution. Evidence is an e-detector in the form of Shiryaev and Roberts (Shin,
Ramdas, Rinaldo): it reaches A on average at most once in A vectors in which nothing happened.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_MOST_EVIDENCE = 1e12
_LEAST_SCORES = 50


class Recent:
    """The last scores, in order."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._recent: deque[float] = deque()
        self._ordered: list[float] = []

    @property
    def is_warm(self) -> bool:
        """Whether a rank among the scores says anything yet."""
        return len(self._ordered) >= _LEAST_SCORES

    def tail(self, score: float) -> float:
        """Return the share of the recent scores that are at least as odd, the new one included."""
        as_odd = len(self._ordered) - bisect_left(self._ordered, score)
        return (as_odd + 1.0) / (len(self._ordered) + 1.0)

    def learn(self, score: float) -> None:
        """Let a score into the reference."""
        if len(self._ordered) >= self._window:
            del self._ordered[bisect_left(self._ordered, self._recent.popleft())]
        insort(self._ordered, score)
        self._recent.append(score)

    def export(self) -> NDArray[np.float64]:
        """Return the scores, oldest first."""
        return np.array(self._recent, dtype=np.float64)

    def restore(self, scores: Iterable[float]) -> None:
        """Put back what ``export`` took."""
        self._recent = deque(float(score) for score in scores)
        self._ordered = sorted(self._recent)


def gather(evidence: float, e_value: float) -> float:
    """Return the evidence after one more e-value."""
    return min((evidence + 1.0) * e_value, _MOST_EVIDENCE)
