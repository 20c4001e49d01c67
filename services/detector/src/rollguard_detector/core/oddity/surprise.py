"""
How rare is a measure of oddity in this series' own past, in powers of ten?

The rank among all that came before (conformal: 2.0 says "one in a hundred was as odd") holds for any distribution. Past the
oddest so far ranks are spent, so the tail goes on as a Pareto law whose exponent the largest few give (Hill, 1975). So surprises
compare between series, do not change with a series' unit, and never saturate: a threshold learned on one series means the same on
another.

Of two neighbours in time only the odder is kept (runs declustering): the ramp towards a spike, or a spike that was sampled twice,
is one event, and must not make the next one look usual.
"""

from bisect import bisect_left, insort
from math import log, log10

_LEAST_SAMPLES = 10  # before, every measure would be among the oddest
_LEAST_EXPONENT = 0.05  # a tail lighter than this would turn rounding into news
_LOG_TEN = log(10.0)
_ROUNDING = 1.0 - 1e-6  # equal distances differ by rounding in another unit; they stay equal here


class Surprise:
    """The largest measures so far in order; what is smaller than all of them surprises nobody."""

    __slots__ = ("_at", "_kept", "_largest", "_last", "_samples")

    def __init__(self, kept: int = 25) -> None:
        self._kept = kept
        self._last = 0.0  # what was kept last, and at which sample
        self._at = -1
        self._largest: list[float] = []
        self._samples = 0

    def score_then_learn(self, oddity: float) -> float:
        """Return minus the decimal logarithm of the share of the past that was at least as odd (0 if many were), then learn it."""
        largest = self._largest
        self._samples += 1
        if len(largest) <= self._kept:
            score = self._score(oddity) if self._samples > _LEAST_SAMPLES and oddity * _ROUNDING > largest[0] else 0.0
            insort(largest, oddity)
            return score
        if oddity * _ROUNDING <= largest[0]:
            return 0.0
        score = self._score(oddity)
        self._keep(oddity)
        return score

    def _keep(self, oddity: float) -> None:
        """Keep an oddity in the place of the least, or of its neighbour's; a neighbour that was odder stands for both."""
        largest = self._largest
        neighbours = self._samples - self._at <= 1
        if neighbours and oddity <= self._last:
            return
        del largest[bisect_left(largest, self._last) if neighbours else 0]
        insort(largest, oddity)
        self._last, self._at = oddity, self._samples

    def _score(self, oddity: float) -> float:
        largest = self._largest
        as_odd = len(largest) - bisect_left(largest, oddity * _ROUNDING)
        score = log10(self._samples / (as_odd + 1.0))
        return score if as_odd or largest[0] <= 0.0 else score + self._beyond(oddity)

    def _beyond(self, oddity: float) -> float:
        """Return how many powers of ten rarer than the oddest so far: Hill's estimate of the tail over the largest kept."""
        floor = log(self._largest[0])
        exponent = sum(map(log, self._largest[1:])) / (len(self._largest) - 1) - floor
        return log(oddity / self._largest[-1]) / max(exponent, _LEAST_EXPONENT) / _LOG_TEN
