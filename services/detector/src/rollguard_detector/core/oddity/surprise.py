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

from rollguard_detector.core.oddity.grade import ANY_UNIT, UNIT, Scale

KEPT = 26
LEAST_SAMPLES = 10  # before, every measure would be among the oddest
LEAST_EXPONENT = 0.05  # a tail lighter than this would turn rounding into news
ROUNDING = 1  # equal distances differ by rounding in another unit, and so by a grade at most
UNIT_EXPONENT = UNIT / log(2.0)  # an exponent of 1 (of natural logarithms), in the unit of grades
LOG_TEN = log(10.0)


class Surprise:
    """The largest measures so far, as grades in order; what is smaller than all of them surprises nobody."""

    __slots__ = ("_at", "_largest", "_last", "_least_exponent", "_scale", "samples")

    def __init__(self, kept: int = KEPT, least_exponent: float = LEAST_EXPONENT, scale: Scale = ANY_UNIT) -> None:
        self._scale = scale
        self._largest = [0] * kept
        self._least_exponent = least_exponent * UNIT_EXPONENT
        self._last = 0  # what was kept last, and at which sample
        self._at = 0
        self.samples = 0

    def score(self, oddity: float) -> float:
        """Return minus the decimal logarithm of the share of the past that was at least as odd; 0 if many were, or few known."""
        grade = self._scale.graded(oddity)
        news = self.samples >= LEAST_SAMPLES and grade > self._largest[0] + ROUNDING
        return self._score(grade) if news else 0.0

    def score_then_learn(self, oddity: float) -> float:
        """Return the score, then learn the measure."""
        grade = self._scale.graded(oddity)
        if grade <= self._largest[0] + ROUNDING:
            self.samples += 1
            return 0.0
        score = self._score(grade) if self.samples >= LEAST_SAMPLES else 0.0
        self.samples += 1
        self._keep(grade)
        return score

    def _keep(self, grade: int) -> None:
        """Keep a grade in the place of the least, or of its neighbour's; a neighbour that was odder stands for both."""
        largest = self._largest
        neighbours = self.samples > len(largest) and self.samples - self._at <= 1
        if neighbours and grade <= self._last:
            return
        del largest[bisect_left(largest, self._last) if neighbours else 0]
        insort(largest, grade)
        self._last, self._at = grade, self.samples

    def _score(self, grade: int) -> float:
        largest = self._largest
        as_odd = len(largest) - bisect_left(largest, grade)
        score = log10((self.samples + 1) / (as_odd + 1))
        return score if as_odd or not largest[0] else score + self._beyond(grade)

    def _beyond(self, grade: int) -> float:
        """Return how many powers of ten rarer than the oddest so far: Hill's estimate of the tail over the largest kept."""
        logarithms = [self._scale.logarithm(kept) for kept in self._largest]
        exponent = (sum(logarithms) - len(logarithms) * logarithms[0]) / (len(logarithms) - 1)
        return (self._scale.logarithm(grade) - logarithms[-1]) / max(exponent, self._least_exponent) / LOG_TEN
