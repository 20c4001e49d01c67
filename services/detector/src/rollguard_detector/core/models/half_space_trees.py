"""
Half-space trees (Tan, Ting, Liu, 2011): how much of the last window fell where this vector falls, in random boxes.

river's, which wants numbers in [0, 1]: the normal distribution function takes standardised ones there, evenly. A forest is a
function of its seed, its channels and the vectors of the last whole window and the present one, so these are the state, and a
replay restores it exactly. Trees split on the channels that they were built with; when a window ends and others were seen in it,
the forest is built anew from that window. Every window begins with one vector in the middle, which builds the trees.
"""

from collections.abc import Mapping
from math import erf, nan, sqrt
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from rollguard_detector.core.models.port import State

_MIDDLE = 0.5


class HalfSpaceTreesParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be chosen."""

    trees: Annotated[int, Meta(ge=1, le=100, description="How many; cost and steadiness grow with it.")] = 25
    height: Annotated[int, Meta(ge=1, le=10, description="Of each; a tree has two to its power boxes.")] = 6
    window: Annotated[int, Meta(ge=16, le=2_000, description="Vectors that what is usual is learned from.")] = 250
    seed: Annotated[int, Meta(ge=0, description="Of the random boxes.")] = 1


class HalfSpaceTrees:
    """One workload's forest."""

    def __init__(self, parameters: HalfSpaceTreesParameters) -> None:
        self._parameters = parameters
        self._channels: tuple[str, ...] = ()
        self._before: list[dict[str, float]] = []
        self._present: list[dict[str, float]] = []
        self._forest = self._build()

    def _build(self) -> Any:  # river leaves it untyped
        from river.anomaly import HalfSpaceTrees as RiverTrees  # noqa: PLC0415  # takes seconds, and only who named it waits

        chosen = self._parameters
        forest: Any = RiverTrees(n_trees=chosen.trees, height=chosen.height, window_size=chosen.window + 1, seed=chosen.seed)
        for window in (self._before, self._present) if self._before else (self._present,):
            self._begin_window(forest)
            for vector in window:
                forest.learn_one(vector)
        return forest

    def _begin_window(self, forest: Any) -> None:
        if self._channels:
            forest.learn_one(dict.fromkeys(self._channels, _MIDDLE))

    def score(self, values: Mapping[str, float]) -> float | None:
        """Return river's score in [0, 1]; None within the first window."""
        return float(self._forest.score_one(_scaled(values))) if self._before else None

    def learn(self, values: Mapping[str, float]) -> None:
        """Take the vector in."""
        if not self._channels:
            self._channels = tuple(sorted(values))
            self._begin_window(self._forest)
        vector = _scaled(values)
        self._present.append(vector)
        self._forest.learn_one(vector)
        if len(self._present) >= self._parameters.window:
            self._end_window()

    def _end_window(self) -> None:
        self._before, self._present = self._present, []
        seen = tuple(sorted({channel for vector in self._before for channel in vector}))
        if seen != self._channels:
            self._channels = seen
            self._forest = self._build()
        else:
            self._begin_window(self._forest)

    def forget(self, channel: str) -> None:
        """Do nothing: a channel that does not come any more is gone at the end of the window."""

    def export(self) -> State:
        """Return the vectors of the last window and the present one."""
        vectors = [*self._before, *self._present]
        names = sorted({*self._channels, *(name for vector in vectors for name in vector)})
        rows = [[vector.get(name, nan) for name in names] for vector in vectors]
        return {
            "channels": np.array(self._channels, dtype=np.str_),
            "names": np.array(names, dtype=np.str_),
            "vectors": np.array(rows, dtype=np.float64).reshape(len(vectors), len(names)),
            "before": np.array([len(self._before)], dtype=np.int64),
        }

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        names = state["names"].tolist()
        rows = state["vectors"].tolist()
        vectors = [{name: value for name, value in zip(names, row, strict=True) if value == value} for row in rows]  # noqa: PLR0124  # NaN is a gap
        before = int(state["before"][0])
        self._channels = tuple(state["channels"].tolist())
        self._before, self._present = vectors[:before], vectors[before:]
        self._forest = self._build()


def _scaled(values: Mapping[str, float]) -> dict[str, float]:
    return {name: 0.5 * (1.0 + erf(value / sqrt(2.0))) for name, value in values.items()}
