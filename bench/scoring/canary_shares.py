"""
What a cell's runs come to: how many were rolled back, with an interval, and in which minute half of them were.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from scoring.canary_own import wilson


@dataclass(frozen=True, slots=True)
class Share:
    """A share of runs with its 95 % interval."""

    share: float
    high: float


@dataclass(frozen=True, slots=True)
class Caught:
    """How many bad canaries were taken back, and the median minute (none: half were not)."""

    share: float
    median_minute: float | None


def share_of(minutes: NDArray[np.int64]) -> Share:
    """Return the share of runs that were rolled back."""
    hits = int((minutes > 0).sum())
    return Share(hits / len(minutes), wilson(hits, len(minutes))[1])


def caught(minutes: NDArray[np.int64]) -> Caught:
    """Return the share and the median over all runs."""
    median = float(np.median(np.where(minutes > 0, minutes, inf)))
    return Caught(float((minutes > 0).mean()), median if median < inf else None)
