"""
Examples to learn from: what a gauge told of a stream, and whether the breach came within each horizon.

Only samples count at which a forecast is asked for, and all groups of streams weigh the same, however many samples they have. The
views are taken with the product's own gauges in bulk, so what is fitted is what will be told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scoring.bounded_stream import HORIZON_SAMPLES, BoundedStream
from scoring.breaches import truth

from rollguard_detector.core.banks.outlooks.gauge import GaugeBank
from rollguard_detector.core.outlook.gauge import VIEWS

HORIZONS_SAMPLES = (8, 15, 30, 45, 60)
OWN_HORIZON = HORIZONS_SAMPLES.index(HORIZON_SAMPLES)
_STRIDE = 3  # neighbours say nearly the same


@dataclass(frozen=True, slots=True)
class Examples:
    """A row an example: views (float32), labels by horizon (float32, 0 or 1), and weights that sum to the number of groups."""

    views: NDArray[np.float32]
    labels: NDArray[np.float32]
    weights: NDArray[np.float64]

    @property
    def came(self) -> NDArray[np.float32]:
        """1 where the breach came within the horizon that is asked for, else 0."""
        return self.labels[:, OWN_HORIZON]

    def beside(self, others: "Examples", share: float) -> "Examples":
        """Return these with others that count for so much of what their groups would."""
        weights = np.concatenate([self.weights, share * others.weights])
        return Examples(np.concatenate([self.views, others.views]), np.concatenate([self.labels, others.labels]), weights)

    @property
    def shares(self) -> NDArray[np.float64]:
        """The weights, as shares of all."""
        shares: NDArray[np.float64] = self.weights / self.weights.sum()
        return shares


def told(streams: Sequence[BoundedStream]) -> list[NDArray[np.float64]]:
    """Return what gauges tell of each sample, side by side: (samples, views) a stream."""
    bank, views = GaugeBank(), [np.empty((len(stream.values), len(VIEWS))) for stream in streams]
    bank.grow(len(streams))
    for sample in range(max(len(stream.values) for stream in streams)):
        rows = np.array([row for row, stream in enumerate(streams) if sample < len(stream.values)])
        asked = [streams[row] for row in rows]
        gap = np.array([(one.bound - one.values[sample]) * (1.0 if one.above else -1.0) for one in asked])
        step = np.array([one.step_seconds if sample else 0.0 for one in asked])
        horizon = np.array([one.horizon_samples * one.step_seconds for one in asked])
        for row, seen in zip(rows, bank.learn(rows, gap, step, horizon).views.T, strict=True):
            views[row][sample] = seen
    return views


def labels(stream: BoundedStream, breaches: Iterable[int]) -> NDArray[np.float32]:
    """Return for each sample and horizon whether a breach begins within it."""
    came = np.zeros((len(stream.values), len(HORIZONS_SAMPLES)), np.float32)
    for column, usual in enumerate(HORIZONS_SAMPLES):
        ahead = usual * stream.horizon_samples // HORIZON_SAMPLES
        for breach in breaches:
            came[max(0, breach - ahead) : breach, column] = 1.0
    return came


def examples(streams: Iterable[BoundedStream]) -> Examples:
    """Return what is to be learned from the streams."""
    known = list(streams)
    groups: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float32]]]] = {}
    for stream, views in zip(known, told(known), strict=True):
        became = truth(stream)
        asked = np.array(became.asked)
        kept = slice(None, None, _STRIDE * stream.horizon_samples // HORIZON_SAMPLES)
        groups.setdefault(stream.group, []).append((views[asked][kept], labels(stream, became.breaches)[asked][kept]))
    views = [np.concatenate([view for view, _ in group]) for group in groups.values()]
    came = np.concatenate([label for group in groups.values() for _, label in group])
    weights = np.concatenate([np.full(len(view), 1.0 / len(view)) for view in views])
    return Examples(np.concatenate(views).astype(np.float32), came, weights)
