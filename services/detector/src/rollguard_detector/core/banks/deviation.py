"""
Level and deviation in bulk: ``core/oddity/deviation.py`` a row.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.oddity.deviation import LEAST_SAMPLES, SHARE


class DeviationBank(Bank):
    """Mean and variance that forget exponentially, with the plain mean's weight at first."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {"mean": Column(), "variance": Column(), "samples": Column(np.int32)}

    mean: Floats
    variance: Floats
    samples: NDArray[np.int32]

    def expected(self, rows: Rows) -> tuple[Floats, Floats, Flags]:
        """Return level and standard deviation before the next values, and where enough is known for them to mean anything."""
        variance = self.variance[rows]
        known: Flags = (self.samples[rows] >= LEAST_SAMPLES) & (variance > 0.0)
        return self.mean[rows], np.sqrt(variance), known

    def score_then_learn(self, rows: Rows, values: Floats, level_shares: Floats | None = None) -> Floats:
        """Return the distances from the mean in standard deviations (0 while too little is known), then learn the values."""
        if (loop := loops.of("deviation")) is not None:
            compiled: Floats = loop.score_then_learn(self, rows, values, level_shares)
            return compiled
        mean, variance = self.mean[rows], self.variance[rows]
        samples = self.samples[rows] + 1
        distance = values - mean
        known = (samples > LEAST_SAMPLES) & (variance > 0.0)
        scores = np.divide(np.abs(distance), np.sqrt(variance), out=np.zeros(len(rows)), where=known)
        weight = np.maximum(SHARE, 1.0 / samples)
        taught = weight * distance
        self.samples[rows] = samples
        self.mean[rows] = mean + (taught if level_shares is None else np.maximum(level_shares, 1.0 / samples) * distance)
        self.variance[rows] = (1.0 - weight) * (variance + taught * distance)
        return scores
