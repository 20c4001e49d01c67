"""
How far is a value from everything that this series has shown before?

The distance to the nearest value seen is small for what is usual, however strange the distribution: several modes, spikes that
return every day, plateaus. A deviation from a mean cannot say that. Memory is bounded: where values lie dense, some are let go,
which moves an answer by less than the gap that was there already.
"""

from bisect import bisect_left

_MOST_VALUES = 512


class Seen:
    """The distinct values of a series in order, thinned where they lie dense."""

    __slots__ = ("_most", "_values")

    def __init__(self, most: int = _MOST_VALUES) -> None:
        self._values: list[float] = []
        self._most = most

    def __len__(self) -> int:
        return len(self._values)

    def distance_then_learn(self, value: float) -> float:
        """Return the distance to the nearest value seen before, in the value's unit, and keep the value; the first is no news."""
        values = self._values
        place = bisect_left(values, value)
        above = values[place] - value if place < len(values) else None
        if above == 0.0:
            return 0.0
        below = value - values[place - 1] if place else None
        values.insert(place, value)
        if len(values) > self._most:
            self._thin()
        if above is None:
            return below if below is not None else 0.0
        return above if below is None or above < below else below

    def _thin(self) -> None:
        """Let every second value go whose neighbours are closer to each other than usual; the ends stay."""
        values = self._values
        spans = sorted(values[index + 1] - values[index - 1] for index in range(1, len(values) - 1))
        dense = spans[len(spans) // 2]
        self._values = [
            value
            for index, value in enumerate(values)
            if index % 2 == 0 or index == len(values) - 1 or values[index + 1] - values[index - 1] > dense
        ]
