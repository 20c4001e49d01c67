"""
Drift by ADWIN (Bifet and Gavalda, 2007): a window that shrinks to its newer part when both parts differ in mean.

river's is used, on a bounded past: it is begun anew from the last values whenever twice as many have come, so that what it knows is
a function of the values that are kept, and a replay of these restores it exactly, whatever the version. After a drift river empties
its window; here the newer part is kept, as in the paper.
"""

from typing import Annotated, Any, cast

import msgspec
import numpy as np
from msgspec import Meta

from rollguard_detector.core.models.port import State


class AdwinParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be chosen."""

    delta: Annotated[float, Meta(gt=0, lt=1, description="Chance of calling equal parts different; smaller rings less.")] = 0.002
    clock: Annotated[int, Meta(ge=1, description="Parts are compared once in so many values.")] = 1
    memory: Annotated[int, Meta(ge=64, le=16_384, description="Values that are remembered; at most twice as many.")] = 512


class Adwin:
    """One channel's window; the values that made it are the state."""

    def __init__(self, parameters: AdwinParameters) -> None:
        self._parameters = parameters
        self._inputs: list[float] = []
        self.has_drifted = False
        self._adwin = self._begin()

    def _begin(self) -> Any:  # river leaves it untyped
        from river.drift import ADWIN  # noqa: PLC0415  # takes seconds, and only who named the model waits

        adwin = cast("Any", ADWIN)(delta=self._parameters.delta, clock=self._parameters.clock)
        for value in self._inputs:
            adwin.update(value)
        return adwin

    def learn(self, value: float) -> None:
        """Take the value in."""
        if len(self._inputs) >= 2 * self._parameters.memory:
            self._keep(self._parameters.memory)
        self._inputs.append(value)
        self._adwin.update(value)
        self.has_drifted = bool(self._adwin.drift_detected)
        if self.has_drifted:
            self._keep(int(self._adwin.width))

    def _keep(self, count: int) -> None:
        self._inputs = self._inputs[len(self._inputs) - count :]
        self._adwin = self._begin()

    def export(self) -> State:
        """Return the values that made the window."""
        return {"inputs": np.array(self._inputs, dtype=np.float64), "has_drifted": np.array([self.has_drifted])}

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self._inputs = state["inputs"].tolist()
        self.has_drifted = bool(state["has_drifted"][0])
        self._adwin = self._begin()
