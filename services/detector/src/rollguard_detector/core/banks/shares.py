"""
Shares of requests in bulk: ``core/evidence/shares`` row by row.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.evidence.shares import ANSCOMBE, LEAST_WEIGHT


def steadied(values: Floats, sample_sizes: Floats) -> Floats:
    """Return the values on the scale where a share's spread hardly depends on it; as they are where the size is 0."""
    sized = sample_sizes > 0.0
    if not sized.any():
        return values
    shares, added = np.minimum(np.maximum(values, 0.0), 1.0), ANSCOMBE / np.where(sized, sample_sizes, 1.0)
    steady = (np.sqrt(shares + added) - np.sqrt(1.0 - shares + added)) + (values - shares)
    return np.where(sized, steady, values)


def shares_of(steady: Floats, sample_sizes: Floats) -> Floats:
    """Return what ``steadied`` made these of."""
    sized = sample_sizes > 0.0
    if not sized.any():
        return steady
    added = ANSCOMBE / np.where(sized, sample_sizes, 1.0)
    twice = 2.0 * (1.0 + 2.0 * ANSCOMBE / np.where(sized, sample_sizes, 1.0))
    known = np.where(sized, steady, 0.0)
    root = (known + np.sqrt(np.maximum(twice - known * known, 0.0))) * 0.5
    shares = np.maximum(root, 0.0) * np.maximum(root, 0.0) - added
    return np.where(sized, np.minimum(np.maximum(shares, 0.0), 1.0), steady)


class SampleSizeBank(Bank):
    """The usual number of requests of every row."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {"usual": Column()}

    usual: Floats

    def weights_then_learn(self, rows: Rows, sample_sizes: Floats, samples: Floats, frozen: Flags) -> Floats:
        """Return what each row's distance counts for: 1 where the size is 0, and nothing is learned there."""
        sized = sample_sizes > 0.0
        if not sized.any():
            return np.ones(len(rows))
        before = self.usual[rows]
        usual = np.where(before > 0.0, before, sample_sizes)
        learned = usual + np.maximum(LEAST_WEIGHT, 1.0 / samples) * (sample_sizes - usual)
        self.usual[rows] = np.where(sized & ~frozen, learned, before)
        return np.sqrt(np.divide(2.0 * sample_sizes, sample_sizes + usual, out=np.ones(len(rows)), where=sized))
