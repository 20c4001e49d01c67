"""
The rarity of measures of oddity in bulk: ``core/oddity/surprise.py`` a row.

Most samples surprise nobody, and cost a comparison with the least measure that is kept. Logarithms are left to the C library, one
by one: numpy's own may differ in the last bit between machines and lengths, and a threshold would notice.
"""

from collections.abc import Mapping
from math import log10
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Column, Floats, Rows
from rollguard_detector.core.banks.grades import Grades, graded, logarithms
from rollguard_detector.core.banks.ordered import exchanged
from rollguard_detector.core.oddity.grade import ANY_UNIT, DEVIATIONS, Scale
from rollguard_detector.core.oddity.surprise import KEPT, LEAST_EXPONENT, LEAST_SAMPLES, LOG_TEN, ROUNDING, UNIT_EXPONENT


def decimal_logarithms(values: Floats) -> Floats:
    """Return the decimal logarithms as Python gives them."""
    return np.fromiter(map(log10, values.tolist()), np.float64, len(values))


class SurpriseBank(Bank):
    """The largest measures of each row, as grades in order."""

    LEAST_EXPONENT: ClassVar[float] = LEAST_EXPONENT
    SCALE: ClassVar[Scale] = ANY_UNIT
    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "largest": Column(np.uint16, shape=(KEPT,)),
        "last": Column(np.uint16),
        "at": Column(np.int32),
        "samples": Column(np.int32),
    }

    largest: NDArray[np.uint16]
    last: NDArray[np.uint16]
    at: NDArray[np.int32]
    samples: NDArray[np.int32]

    def score(self, rows: Rows, oddities: Floats) -> Floats:
        """Return the surprises of measures of at least 0, one a row; nothing is learned."""
        scores, _, _ = self._judged(rows, oddities)
        return scores

    def score_then_learn(self, rows: Rows, oddities: Floats) -> Floats:
        """Return the surprises, then learn the measures."""
        if (loop := loops.of("surprise")) is not None:
            compiled: Floats = loop.score_then_learn(self, rows, oddities)
            return compiled
        scores, news, grades = self._judged(rows, oddities)
        self.samples[rows] += 1
        self._keep(rows[news], grades)
        return scores

    def _judged(self, rows: Rows, oddities: Floats) -> tuple[Floats, Rows, Grades]:
        """Return the surprises, the places in ``rows`` where there is news, and the grades there."""
        grades = graded(self.SCALE, oddities)
        least = self.largest.reshape(-1).take(rows * self.largest.shape[1])
        news = (grades > least.astype(np.int64) + ROUNDING).nonzero()[0]
        scores = np.zeros(len(rows))
        scores[news] = self._score(rows[news], grades[news])
        return scores, news, grades[news]

    def _keep(self, rows: Rows, grades: Grades) -> None:
        """Keep grades in the place of the least, or of their neighbour's; a neighbour that was odder stands for both."""
        if not len(rows):
            return
        samples, last = self.samples[rows], self.last[rows]
        neighbours = (samples > self.largest.shape[1]) & (samples - self.at[rows] <= 1)
        chosen = ~(neighbours & (grades <= last))
        rows, grades, neighbours, last = rows[chosen], grades[chosen], neighbours[chosen], last[chosen]
        largest = self.largest.take(rows, axis=0)
        gone = np.where(neighbours, (largest < last[:, None]).sum(axis=1), 0)
        place = (largest < grades[:, None]).sum(axis=1) - 1  # what goes is less: the least, or a neighbour that was less odd
        self.largest[rows] = exchanged(largest, gone, place, grades)
        self.last[rows], self.at[rows] = grades, samples[chosen]

    def _score(self, rows: Rows, grades: Grades) -> Floats:
        if not len(rows):
            return np.zeros(0)
        largest, samples = self.largest.take(rows, axis=0).astype(np.int64), self.samples[rows]
        as_odd = (largest >= grades[:, None]).sum(axis=1)
        scores = decimal_logarithms((samples + 1) / (as_odd + 1))
        beyond = ((as_odd == 0) & (largest[:, 0] > 0)).nonzero()[0]
        scores[beyond] += self._beyond(largest[beyond], grades[beyond])
        scores[samples < LEAST_SAMPLES] = 0.0
        return scores

    def _beyond(self, largest: Grades, grades: Grades) -> Floats:
        """Return how many powers of ten rarer than the oddest so far; Hill's estimate, from whole logarithms."""
        kept = logarithms(self.SCALE, largest)
        exponents = (kept.sum(axis=1) - kept.shape[1] * kept[:, 0]) / (kept.shape[1] - 1)
        powers: Floats = (
            (logarithms(self.SCALE, grades) - kept[:, -1]) / np.maximum(exponents, self.LEAST_EXPONENT * UNIT_EXPONENT) / LOG_TEN
        )
        return powers


class DeviationSurpriseBank(SurpriseBank):
    """For measures that are numbers of deviations."""

    SCALE: ClassVar[Scale] = DEVIATIONS
