"""
How often does a series report, and by when should it have?

The usual interval is robust against single gaps: each moves the estimate by a bounded share. A series is missing once it was silent
for twice its longest silence so far, and never before a few usual intervals: what is bursty by nature is given its time. An outage
of a day is remembered for a while, since its like has been seen.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.banks.patience import (
    FADING,
    FIRST_SECONDS,
    LEAST_SAMPLES,
    LEAST_SECONDS,
    LONGEST_SILENCES,
    MOST_CHANGE,
    SHARE,
    USUAL_INTERVALS,
)


class Cadence(NamedTuple):
    """Of each row before this sample: how many there were, how far apart, and whether it was overdue; and when the next is due."""

    samples: NDArray[np.int32]
    interval_seconds: Floats
    was_overdue: Flags
    due_at: Floats


class CadenceBank(Bank):
    """The last time, the usual interval and the longest silence of each series, in seconds."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "heard_at": Column(initial=-np.inf),
        "interval": Column(initial=FIRST_SECONDS),
        "longest": Column(),
        "samples": Column(np.int32),
    }
    heard_at: Floats
    interval: Floats
    longest: Floats
    samples: NDArray[np.int32]

    def learn(self, rows: Rows, at_seconds: Floats) -> Cadence:
        """Take one sample a row in."""
        if (loop := loops.of("cadence")) is not None:
            return Cadence._make(loop.learn(self, rows, at_seconds))
        usual, heard = self.interval[rows], self.samples[rows]
        was_overdue = at_seconds > self.due_at(rows)
        elapsed = np.where(heard > 0, at_seconds - self.heard_at[rows], 0.0)
        bounded = np.clip(elapsed, LEAST_SECONDS, np.where(heard > 1, MOST_CHANGE * usual, np.inf))
        self.interval[rows] += np.where(heard == 1, 1.0, np.where(heard > 1, SHARE, 0.0)) * (bounded - usual)
        self.longest[rows] = np.maximum(FADING * self.longest[rows], elapsed)
        self.heard_at[rows] = at_seconds
        self.samples[rows] = heard + 1
        return Cadence(heard, usual, was_overdue, self.due_at(rows))

    def due_at(self, rows: Rows) -> Floats:
        """Return when each row is overdue."""
        patience = np.maximum(USUAL_INTERVALS * self.interval[rows], LONGEST_SILENCES * self.longest[rows])
        return np.where(self.samples[rows] >= LEAST_SAMPLES, self.heard_at[rows] + patience, np.inf)
