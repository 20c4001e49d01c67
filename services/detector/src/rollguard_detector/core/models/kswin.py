"""
Drift by KSWIN (Raab, Heusinger, Schleif, 2020): Kolmogorov and Smirnov's test of the newest values against a sample of the older.

It sees a change of shape that keeps the mean. It costs some thousand times ADWIN, since it sorts at every value: for few channels.
The sample is drawn with a fixed seed, whose generator is part of the state.
"""

from collections import deque
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from rollguard_detector.core.models.port import State

_GENERATOR_VERSION = 3  # of Python's Mersenne twister


class KswinParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be chosen."""

    alpha: Annotated[float, Meta(gt=0, lt=1, description="Chance of calling equal parts different, at every value.")] = 1e-4
    window: Annotated[int, Meta(ge=20, le=1_000, description="So many values are remembered.")] = 100
    newest: Annotated[int, Meta(ge=10, le=500, description="So many of them are tested against the rest; less than half.")] = 30
    seed: Annotated[int, Meta(ge=0, description="Of the sample of the rest.")] = 1

    def __post_init__(self) -> None:
        if 2 * self.newest > self.window:
            raise ValueError(f"newest ({self.newest}) must be at most half the window ({self.window})")


class Kswin:
    """One channel's window."""

    def __init__(self, parameters: KswinParameters) -> None:
        from river.drift import KSWIN  # noqa: PLC0415  # takes seconds, and only who named the model waits

        self._test: Any = KSWIN(  # river leaves it untyped
            alpha=parameters.alpha, window_size=parameters.window, stat_size=parameters.newest, seed=parameters.seed
        )

    @property
    def has_drifted(self) -> bool:
        """Whether the value that was learned last showed a drift."""
        return bool(self._test.drift_detected)

    def learn(self, value: float) -> None:
        """Take the value in."""
        self._test.update(value)

    def export(self) -> State:
        """Return the window and the generator of samples."""
        generator = self._test._rng.getstate()[1]  # noqa: SLF001  # river offers no other way to its state but a pickle
        return {
            "window": np.array(self._test.window, dtype=np.float64),
            "generator": np.array(generator, dtype=np.uint32),
            "has_drifted": np.array([self.has_drifted]),
        }

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self._test.window = deque(state["window"].tolist(), maxlen=self._test.window_size)
        generator = (_GENERATOR_VERSION, tuple(state["generator"].tolist()), None)
        self._test._rng.setstate(generator)  # noqa: SLF001  # as in export
        self._test._drift_detected = bool(state["has_drifted"][0])  # noqa: SLF001  # as in export
