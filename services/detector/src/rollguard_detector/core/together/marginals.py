"""
How rare is each channel's value among its own, all channels at once.

A histogram of sizes that forgets, a row a channel: a rank among so many values would take a window a channel. The tail counts the
value's whole bin as as odd, so it is never smaller than the rank would be, and the evidence made of it never larger.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BINS = 32
_BINS_A_DEVIATION = 4.0


class Marginals:
    """The decayed histograms of the sizes of ``capacity`` channels."""

    def __init__(self, capacity: int, share: float) -> None:
        self._keep = 1.0 - share
        self.mass = np.zeros((capacity, _BINS))

    def tails(self, slots: NDArray[np.intp], values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each channel the share of its past that was at least as large, the value itself included."""
        from_above = self.mass[slots, ::-1].cumsum(axis=1)[:, ::-1]
        odder: NDArray[np.float64] = from_above[np.arange(len(slots)), _bins(values)]
        return (odder + 1.0) / (from_above[:, 0] + 1.0)

    def learn(self, slots: NDArray[np.intp], values: NDArray[np.float64]) -> None:
        """Take in the channels of one vector that were seen."""
        self.mass[slots] *= self._keep
        self.mass[slots, _bins(values)] += 1.0

    def clear(self, slot: int) -> None:
        """Let a slot begin anew."""
        self.mass[slot] = 0.0

    def export(self) -> Mapping[str, NDArray[Any]]:
        """Return a copy of all that is known."""
        return {"mass": self.mass.copy()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self.mass[:] = state["mass"]


def _bins(values: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.minimum(np.abs(values) * _BINS_A_DEVIATION, _BINS - 1).astype(np.intp)
