"""
How far is a value from everything that this series has shown before?

The distance to the nearest value seen is small for what is usual, however strange the distribution: several modes, spikes that
return every day, plateaus. A deviation from a mean cannot say that. Memory is bounded, and spent where values lie apart: a full
memory lets that value go whose neighbours are closest to each other. What falls into a gap narrower than theirs is not worth its
place, and so no news: its distance would tell of the memory's coarseness, not of the series.

Values are kept as 32-bit floats from the first one of the series, so that a large level costs no precision.
"""

from array import array
from bisect import bisect_left
from math import inf

MOST_VALUES = 63
BOUND = 3.0e38  # a 32-bit float reaches little farther
NOT_FULL = -1.0


class Seen:
    """Distinct values of a series in order, as distances from its first; at least three."""

    __slots__ = ("_least", "_most", "_narrowest", "_origin", "_rounded", "_values")

    def __init__(self, most: int = MOST_VALUES) -> None:
        self._values: list[float] = []
        self._most = most
        self._origin = 0.0
        self._rounded = array("f", [0.0])  # what is stored here comes back with 32 bits
        self._narrowest = NOT_FULL  # the least distance between the neighbours of a value, and the place of that value
        self._least = 0

    def __len__(self) -> int:
        return len(self._values)

    def distance_then_learn(self, value: float) -> float:
        """Return the distance to the nearest value seen before, in the value's unit, and keep the value; the first is no news."""
        values = self._values
        if not values:
            self._origin = value
            values.append(0.0)
            return 0.0
        at = self._from_origin(value)
        place = bisect_left(values, at)
        if place == len(values):
            distance = at - values[-1]
        else:
            above = values[place]
            below = values[place - 1] if place else -inf
            if above == at or above - below <= self._narrowest:
                return 0.0
            distance = min(above - at, at - below)
        self._keep(place, at)
        return distance

    def _from_origin(self, value: float) -> float:
        at = value - self._origin
        self._rounded[0] = at if -BOUND < at < BOUND else max(-BOUND, min(BOUND, at))
        return self._rounded[0]

    def _keep(self, place: int, at: float) -> None:
        """Keep a value at its place, in exchange for the one that is missed least if the memory is full."""
        values = self._values
        if len(values) == self._most:
            del values[self._least]
            place -= place > self._least
        values.insert(place, at)
        if len(values) == self._most:
            spans = [above - below for below, above in zip(values, values[2:], strict=False)]
            self._narrowest = min(spans)
            self._least = spans.index(self._narrowest) + 1
