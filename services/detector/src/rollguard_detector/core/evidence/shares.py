"""
Shares of requests, made comparable: a share of few says little, and one near none varies less than one near half.

``sqrt(p + c) - sqrt(1 - p + c)`` with Anscombe's ``c = 3 / 8n`` varies by 1/4n to 1/2n whatever the share is; the arcsine does a
little better, but is not rounded alike everywhere. What is left of the number of requests weighs the distance from the expected.
"""

from math import sqrt

ANSCOMBE = 0.375
LEAST_WEIGHT = 0.01  # of a sample in the usual number of requests


def steadied(value: float, sample_size: float) -> float:
    """Return a share on the scale where its spread hardly depends on it; other values only move by a constant, if at all."""
    share, added = min(max(value, 0.0), 1.0), ANSCOMBE / sample_size
    outside = value - share
    return (sqrt(share + added) - sqrt(1.0 - share + added)) + outside


def share_of(steady: float, sample_size: float) -> float:
    """Return the share in [0, 1] that ``steadied`` made this of."""
    twice = 2.0 * (1.0 + 2.0 * ANSCOMBE / sample_size)
    root = (steady + sqrt(max(twice - steady * steady, 0.0))) * 0.5
    share = max(root, 0.0) * max(root, 0.0) - ANSCOMBE / sample_size
    return min(max(share, 0.0), 1.0)


class SampleSizes:
    """The usual number of requests of a series, and what a distance from the expected counts for at another number."""

    __slots__ = ("usual",)

    def __init__(self) -> None:
        self.usual = 0.0

    def weight_then_learn(self, sample_size: float, samples: float, *, frozen: bool) -> float:
        """Return the weight, between 0 and sqrt(2), 1 at the usual number; ``samples`` counts this one."""
        usual = self.usual if self.usual > 0.0 else sample_size
        if not frozen:
            self.usual = usual + max(LEAST_WEIGHT, 1.0 / samples) * (sample_size - usual)
        return sqrt(2.0 * sample_size / (sample_size + usual))
