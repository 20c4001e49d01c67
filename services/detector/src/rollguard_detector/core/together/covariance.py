"""
How the channels of a workload move together: a covariance that forgets, bears gaps, and is shrunk as far as it is uncertain.

With every channel in every vector it is river's ``EwaCovariance``, and shrunk its ``LedoitWolfCovariance`` (Ledoit and Wolf, 2004);
the tests hold it to both. River's classes refuse a vector that lacks a channel, and telemetry always lacks one: here a pair learns
whenever both of it were seen.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.together.sweep import inverse

Floats = NDArray[np.float64]
Slots = NDArray[np.intp]

_LEAST_VARIANCE = 0.01  # of a standardised channel: one that was constant so far must not make a hair's breadth infinite
_NEGLIGIBLE = 1e-12


class Covariance:
    """Mean, covariance and its own uncertainty over ``capacity`` channels; O(capacity squared) in memory and a vector."""

    def __init__(self, capacity: int, share: float) -> None:
        self._share = share
        self.mean = np.zeros(capacity)
        self.covariance = np.zeros((capacity, capacity))
        self.pairs = np.zeros((capacity, capacity))  # vectors in which both were seen
        self.dispersion = 0.0  # of one vector's products about the covariance: what the shrinkage is measured by
        self.samples = 0

    def learn(self, slots: Slots, values: Floats) -> None:
        """Take in the channels of one vector that were seen."""
        both = np.ix_(slots, slots)
        weights = np.maximum(self._share, 1.0 / (self.pairs[both] + 1.0))
        distance = values - self.mean[slots]
        products, before = np.multiply.outer(distance, distance), self.covariance[both]
        weight = max(self._share, 1.0 / (self.samples + 1))
        self.dispersion += weight * (float(((products - before) ** 2).sum()) / len(slots) - self.dispersion)
        self.mean[slots] += np.diagonal(weights) * distance
        self.covariance[both] = (1.0 - weights) * (before + weights * products)
        self.pairs[both] += 1.0
        self.samples += 1

    def seen(self, slots: Slots) -> Floats:
        """Return how many vectors each channel was learned from."""
        return self.pairs[slots, slots]

    def shrunk(self, slots: Slots) -> Floats:
        """Return the covariance of some channels, drawn towards independence of equal variances as far as it is uncertain."""
        raw = self.covariance[np.ix_(slots, slots)]
        sphere = np.eye(len(slots)) * (float(np.diagonal(raw).sum()) / len(slots))
        misfit = float(((raw - sphere) ** 2).sum()) / len(slots)
        uncertainty = min(self.dispersion * max(self._share, 1.0 / max(self.samples, 1)), misfit)
        return _mix(raw, sphere, uncertainty / misfit if misfit > _NEGLIGIBLE else 0.0)

    def precision(self, slots: Slots) -> Floats:
        """Return the inverse of the shrunk covariance; pairs that were seen at different times may need more shrinking for it."""
        shrunk = self.shrunk(slots)
        np.fill_diagonal(shrunk, np.maximum(np.diagonal(shrunk), _LEAST_VARIANCE))
        alone = np.diag(np.diagonal(shrunk))
        for intensity in (0.0, 0.05, 0.2, 0.5):
            found = inverse(_mix(shrunk, alone, intensity))
            if found is not None:
                return found
        return np.diag(1.0 / np.diagonal(shrunk))

    def clear(self, slot: int) -> None:
        """Let a slot begin anew, for another channel."""
        self.mean[slot] = 0.0
        for matrix in (self.covariance, self.pairs):
            matrix[slot, :] = matrix[:, slot] = 0.0

    def export(self) -> Mapping[str, NDArray[Any]]:
        """Return a copy of all that is known."""
        totals = np.array([self.dispersion, float(self.samples)])
        return {"mean": self.mean.copy(), "covariance": self.covariance.copy(), "pairs": self.pairs.copy(), "totals": totals}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self.mean[:], self.covariance[:], self.pairs[:] = state["mean"], state["covariance"], state["pairs"]
        self.dispersion, self.samples = float(state["totals"][0]), int(state["totals"][1])


def _mix(matrix: Floats, target: Floats, intensity: float) -> Floats:
    mixed: Floats = (1.0 - intensity) * matrix + intensity * target
    return mixed
