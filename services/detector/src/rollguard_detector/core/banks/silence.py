"""
Unusual silences in bulk: ``core/oddity/silence.py`` a row.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rollguard_detector.core.banks.bank import Bank, Column, Floats, Rows
from rollguard_detector.core.banks.surprise import SurpriseBank
from rollguard_detector.core.oddity.silence import KEPT_INTERVALS, LEAST_INTERVAL_EXPONENT


class IntervalSurprises(SurpriseBank):
    """The longest intervals between samples."""

    LEAST_EXPONENT: ClassVar[float] = LEAST_INTERVAL_EXPONENT
    COLUMNS: ClassVar[Mapping[str, Column]] = {**SurpriseBank.COLUMNS, "largest": Column(np.uint16, shape=(KEPT_INTERVALS,))}


class SilenceBank(Bank):
    """When the last sample of each row was, and how far apart those before it were."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {"latest_seconds": Column(initial=-np.inf)}

    latest_seconds: Floats

    def __init__(self) -> None:
        self.intervals = IntervalSurprises()
        super().__init__(intervals=self.intervals)

    def learn(self, rows: Rows, at_seconds: Floats) -> None:
        """Learn that there were samples; times that stand still or go back are no interval."""
        latest = self.latest_seconds[rows]
        intervals = at_seconds - latest
        known = (np.isfinite(latest) & (intervals > 0.0)).nonzero()[0]
        if len(known):
            self.intervals.score_then_learn(rows[known], intervals[known])
        self.latest_seconds[rows] = np.maximum(latest, at_seconds)

    def silent(self, rows: Rows, now_seconds: Floats) -> Floats:
        """
        Return by how many powers of ten so long an interval is rarer than an interval; 0 while it is usual, or little is known.

        ``now_seconds``, one a row, is the event time of the row's workload: the time of its newest point, never a clock's.
        """
        latest = self.latest_seconds[rows]
        return self.intervals.score(rows, np.where(np.isfinite(latest), now_seconds - latest, 0.0))
