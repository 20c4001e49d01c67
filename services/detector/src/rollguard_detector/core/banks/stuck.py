"""
Values that stand still in bulk: ``core/oddity/stuck.py`` a row.
"""

from collections.abc import Mapping
from math import nan
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Column, Floats, Rows
from rollguard_detector.core.banks.surprise import SurpriseBank, decimal_logarithms
from rollguard_detector.core.oddity.stuck import KEPT_RUNS, LEAST_RUN_EXPONENT, LEAST_RUN_SAMPLES


class RunSurprises(SurpriseBank):
    """The longest runs of equal values that ended."""

    LEAST_EXPONENT: ClassVar[float] = LEAST_RUN_EXPONENT
    COLUMNS: ClassVar[Mapping[str, Column]] = {**SurpriseBank.COLUMNS, "largest": Column(np.uint16, shape=(KEPT_RUNS,))}


class StuckBank(Bank):
    """The run that lasts in each row, and how long those before it were."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "value": Column(initial=nan),
        "run_samples": Column(np.int32),
        "samples": Column(np.int32),
    }

    value: Floats
    run_samples: NDArray[np.int32]
    samples: NDArray[np.int32]

    def __init__(self) -> None:
        self.runs = RunSurprises()
        super().__init__(runs=self.runs)

    def score_then_learn(self, rows: Rows, values: Floats) -> Floats:
        """Return by how many powers of ten runs so long are rarer than a sample, these samples included; 0 while they are usual."""
        if (loop := loops.of("stuck")) is not None:
            compiled: Floats = loop.score_then_learn(self, rows, values)
            return compiled
        changed = values != self.value[rows]
        ended = rows[changed & (self.samples[rows] > 0)]
        if len(ended):
            self.runs.score_then_learn(ended, np.maximum(self.run_samples[ended], LEAST_RUN_SAMPLES).astype(np.float64))
        lengths = np.where(changed, 1, self.run_samples[rows] + 1)
        self.run_samples[rows] = lengths
        self.value[rows] = values
        self.samples[rows] += 1
        scores = np.zeros(len(rows))
        long = (lengths > LEAST_RUN_SAMPLES).nonzero()[0]
        if len(long):
            scores[long] = self._among_samples(rows[long], lengths[long])
        return scores

    def _among_samples(self, rows: Rows, lengths: NDArray[np.int32]) -> Floats:
        among_runs = self.runs.score(rows, lengths.astype(np.float64))
        odd = among_runs.nonzero()[0]
        runs = self.runs.samples[rows[odd]] + 1
        among_runs[odd] += decimal_logarithms(self.samples[rows[odd]] / runs)
        return among_runs
