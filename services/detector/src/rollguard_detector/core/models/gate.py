"""
The one gate before every model: finite, standardised, clipped; or nothing.

Measured on river 0.26: ADWIN finds none of twenty shifts of three deviations in a series that lies around a thousandth and
answers NaN for ever after a single one; Page-Hinkley calls twenty of twenty quiet series drifting at ten times the scale. So what
is said to be standardised is measured again here, slowly (a quick level would swallow the drift that is looked for), and learned
from clipped, always.
"""

from collections.abc import Mapping
from math import copysign, isfinite, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIMIT = 8.0
_LEARNED_LIMIT = 4.0
_SHARE = 0.001
_HELD_BACK_SAMPLES = 20  # a scale from fewer would make anything of a usual value
_UNCLIPPED_SAMPLES = 10
_LEAST_RELATIVE_SCALE = 1e-6  # of the level: below lies rounding
_LARGEST = 1e150  # its square is still a number


class Standard:
    """Level and scale of one channel."""

    __slots__ = ("mean", "samples", "variance")

    def __init__(self, mean: float = 0.0, variance: float = 0.0, samples: int = 0) -> None:
        self.mean, self.variance, self.samples = mean, variance, samples

    def standardise_then_learn(self, value: float) -> float | None:
        """Return the value in deviations from the level, within the limit; None for the first few."""
        self.samples += 1
        distance, scale = value - self.mean, max(sqrt(self.variance), _LEAST_RELATIVE_SCALE * abs(self.mean))
        answer = max(-LIMIT, min(LIMIT, distance / scale)) if scale > 0.0 else copysign(LIMIT, distance) if distance else 0.0
        if self.samples > _UNCLIPPED_SAMPLES and scale > 0.0:
            distance = max(-_LEARNED_LIMIT * scale, min(_LEARNED_LIMIT * scale, distance))
        weight = max(_SHARE, 1.0 / self.samples)
        self.mean += weight * distance
        self.variance = (1.0 - weight) * (self.variance + weight * distance * distance)
        return answer if self.samples > _HELD_BACK_SAMPLES else None


class Gate:
    """The standard of every channel that is looked at."""

    def __init__(self) -> None:
        self._standards: dict[str, Standard] = {}
        self.not_finite = 0

    def admit(self, channel: str, value: float) -> float | None:
        """Return what a model may learn, or None."""
        if not isfinite(value) or abs(value) > _LARGEST:
            self.not_finite += 1
            return None
        return self._standards.setdefault(channel, Standard()).standardise_then_learn(value)

    def forget(self, channel: str) -> None:
        """Let go of a channel."""
        self._standards.pop(channel, None)

    def export(self) -> Mapping[str, NDArray[Any]]:
        """Return a copy of all that is known."""
        rows = [(one.mean, one.variance, float(one.samples)) for one in self._standards.values()]
        return {
            "channels": np.array(list(self._standards), dtype=np.str_),
            "standards": np.array(rows, dtype=np.float64).reshape(-1, 3),
            "not_finite": np.array([self.not_finite], dtype=np.int64),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        rows = zip(state["channels"].tolist(), state["standards"].tolist(), strict=True)
        self._standards = {name: Standard(mean, variance, int(samples)) for name, (mean, variance, samples) in rows}
        self.not_finite = int(state["not_finite"][0])
