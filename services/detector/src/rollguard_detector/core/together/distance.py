"""
How far does a vector lie from what is usual, and which channels put it there?

Mahalanobis' squared distance over the channels that were seen. A channel's part is what the distance would lose without it,
(P x)_i^2 / P_ii with the precision P: the square of its deviation from what the *other* channels let expect. So the two that used
to move together and do not any more are named, though each alone looks usual.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Distance(NamedTuple):
    """The squared distance, how much of it each channel answers for, and each one's deviation given the others (signed)."""

    squared: float
    parts: Floats
    unexpected: Floats

    @property
    def normal_score(self) -> float:
        """
        The distance on a scale that does not depend on the number of channels.

        Wilson and Hilferty (1931): the cube root of chi-squared over its degrees of freedom is nearly normal.
        """
        spread = 2.0 / (9.0 * len(self.parts))
        return float((np.cbrt(self.squared / len(self.parts)) - (1.0 - spread)) / sqrt(spread))


def distance(precision: Floats, centred: Floats) -> Distance:
    """Measure the seen part of a vector, less its mean, by the precision of just these channels."""
    pulled = (precision * centred).sum(axis=1)
    own = np.diagonal(precision)
    return Distance(max(0.0, float((centred * pulled).sum())), pulled * pulled / own, pulled / own)
