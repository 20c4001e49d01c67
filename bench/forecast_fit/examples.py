"""
Examples to learn from: what a gauge told of a stream, and whether the breach came within each horizon.

Only samples count at which a forecast is asked for, and all groups of streams weigh the same, however many samples they have. The
views are taken with the product's own gauge, so what is fitted is what will be told.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scoring.bounded_stream import HORIZON_SAMPLES, BoundedStream
from scoring.breaches import truth

from rollguard_detector.core.outlook.gauge import Gauge

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

    @property
    def shares(self) -> NDArray[np.float64]:
        """The weights, as shares of all."""
        shares: NDArray[np.float64] = self.weights / self.weights.sum()
        return shares


def told(stream: BoundedStream) -> NDArray[np.float64]:
    """Return what a gauge tells of each sample."""
    gauge = Gauge(HORIZON_SAMPLES * stream.step_seconds)
    sign = 1.0 if stream.above else -1.0
    first, *others = (sign * (stream.bound - value) for value in stream.values)
    views = [gauge.learn(first, 0.0), *(gauge.learn(gap, stream.step_seconds) for gap in others)]
    return np.array(views, np.float64)


def labels(samples: int, breaches: Iterable[int]) -> NDArray[np.float32]:
    """Return for each sample and horizon whether a breach begins within it."""
    came = np.zeros((samples, len(HORIZONS_SAMPLES)), np.float32)
    for column, ahead in enumerate(HORIZONS_SAMPLES):
        for breach in breaches:
            came[max(0, breach - ahead) : breach, column] = 1.0
    return came


def examples(streams: Iterable[BoundedStream]) -> Examples:
    """Return what is to be learned from the streams."""
    groups: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float32]]]] = {}
    for stream in streams:
        known = truth(stream)
        asked = np.array(known.asked)
        came = labels(len(stream.values), known.breaches)
        groups.setdefault(stream.group, []).append((told(stream)[asked][::_STRIDE], came[asked][::_STRIDE]))
    views = [np.concatenate([view for view, _ in group]) for group in groups.values()]
    came = np.concatenate([label for group in groups.values() for _, label in group])
    weights = np.concatenate([np.full(len(view), 1.0 / len(view)) for view in views])
    return Examples(np.concatenate(views).astype(np.float32), came, weights)
