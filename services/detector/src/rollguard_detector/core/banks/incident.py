"""
One incident, one alarm, in bulk: ``core/oddity/incident.py`` a row.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.oddity.incident import LEAST_SAMPLES, MARGIN, SHARE


class IncidentBank(Bank):
    """The strongest surprise of the incident that each row has open, and when it was heard, counted in samples."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "peak": Column(initial=-MARGIN),
        "at": Column(np.int32),
        "samples": Column(np.int32, initial=-1),
    }

    peak: Floats
    at: NDArray[np.int32]
    samples: NDArray[np.int32]

    def lasts(self, rows: Rows) -> Flags:
        """Return where an incident is open still: where a surprise like its own would be merged into it."""
        lasts: Flags = (self.peak[rows] > 0.0) & ~self._over(rows)
        return lasts

    def merge(self, rows: Rows, surprises: Floats) -> Floats:
        """Return the surprises that open an incident or go beyond the one that is open by the margin; 0 for the others."""
        if (loop := loops.of("incident")) is not None:
            compiled: Floats = loop.merge(self, rows, surprises)
            return compiled
        self.samples[rows] += 1
        told = np.zeros(len(rows))
        heard = (surprises > 0.0).nonzero()[0]
        if not len(heard):
            return told
        odd, surprise = rows[heard], surprises[heard]
        peak = np.where(self._over(odd), -MARGIN, self.peak[odd])
        news = surprise > peak + MARGIN
        self.peak[odd] = np.where(news, surprise, peak)
        self.at[odd] = np.where(news, self.samples[odd], self.at[odd])
        told[heard] = np.where(news, surprise, 0.0)
        return told

    def _over(self, rows: Rows) -> Flags:
        samples = self.samples[rows]
        over: Flags = samples - self.at[rows] > np.maximum(LEAST_SAMPLES, SHARE * samples)
        return over
