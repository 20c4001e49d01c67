"""
The pools in bulk: ``core/outlook/pool``, a row a pool. What is gathered are integers, so that no order of outcomes changes it.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.banks.outlooks.scales import clip
from rollguard_detector.core.outlook import pool as one
from rollguard_detector.core.outlook import reliability
from rollguard_detector.core.outlook.weights import STACK

Counts = NDArray[np.int64]
_STACK = np.array(STACK)
_UNITS = np.array(one.UNITS)
_BEFORE_ALL = -(2.0**62)


class PoolBank(Bank):
    """Rows are pools: grown, exported and restored apart from the series."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "moved": Column(shape=(len(STACK),)),
        "gathered": Column(np.int64, shape=(len(STACK),)),
        "matured": Column(np.int64),
        "tick": Column(np.int64, initial=_BEFORE_ALL),
        "said": Column(np.int64, shape=(reliability.DECILES,)),
        "came": Column(np.int64, shape=(reliability.DECILES,)),
        "squares": Column(np.int64),
        "breaches": Column(np.int64),
        "warned": Column(np.int64),
        "lead_milliseconds": Column(np.int64),
    }

    moved: Floats
    gathered: Counts
    matured: Counts
    tick: Counts
    said: Counts
    came: Counts
    squares: Counts
    breaches: Counts
    warned: Counts
    lead_milliseconds: Counts

    def weights(self, pools: Rows) -> Floats:
        """Return the weights, (inputs and constant, rows)."""
        weights: Floats = (_STACK + self.moved[pools] / _UNITS).T
        return weights

    def gather(self, pools: Rows, inputs: Floats, said: Floats, came: Flags) -> None:
        """Take outcomes in; inputs are (outcomes, inputs)."""
        error = came - said
        told = np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1) / _UNITS
        np.add.at(self.gathered, pools, np.rint(error[:, np.newaxis] * told * one.GRAIN).astype(np.int64))
        np.add.at(self.matured, pools, 1)
        decile = clip(said * reliability.DECILES, 0.0, reliability.DECILES - 1.0).astype(np.intp)
        np.add.at(self.said, (pools, decile), 1)
        np.add.at(self.came, (pools, decile), came.astype(np.int64))
        np.add.at(self.squares, pools, np.rint(error * error * reliability.GRAIN).astype(np.int64))

    def breach(self, pools: Rows, lead_seconds: Floats) -> None:
        """Count breaches; the lead of one without a warning is NaN."""
        warned = ~np.isnan(lead_seconds)
        np.add.at(self.breaches, pools, 1)
        np.add.at(self.warned, pools[warned], 1)
        np.add.at(self.lead_milliseconds, pools[warned], np.rint(1000.0 * lead_seconds[warned]).astype(np.int64))

    def settle(self, pools: Rows, at_seconds: Floats) -> None:
        """Hear how late it is by event time, a pool each; those that enter a later tick than ever learn what they gathered."""
        ticks = np.floor(at_seconds / one.TICK_SECONDS).astype(np.int64)
        later = self.tick[pools] < ticks
        self.tick[pools[later]] = ticks[later]
        for pool in pools[later & (self.matured[pools] > 0)].tolist():
            matured = int(self.matured[pool])
            uphill = self.gathered[pool] / (one.GRAIN * matured) - one.PULL * self.moved[pool]
            rate = min(one.RATE * matured, one.MOST_RATE)
            self.moved[pool] = clip(self.moved[pool] + rate * uphill, -one.FARTHEST, one.FARTHEST)
            self.gathered[pool], self.matured[pool] = 0, 0

    def reliability(self, pools: Rows) -> reliability.Reliability:
        """Return what is known of the forecasts of some pools together."""
        known = reliability.Reliability()
        known.said, known.came = self.said[pools].sum(axis=0).tolist(), self.came[pools].sum(axis=0).tolist()
        known.squares, known.breaches = int(self.squares[pools].sum()), int(self.breaches[pools].sum())
        known.warned, known.lead_milliseconds = int(self.warned[pools].sum()), int(self.lead_milliseconds[pools].sum())
        return known
