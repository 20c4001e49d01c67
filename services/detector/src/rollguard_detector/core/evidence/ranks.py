"""
How often was a residual as far out, up, down, further from the middle or nearer to it?

Conformal: the rank among those seen is uniform whatever their distribution, so that a probability of 1 in 1000 comes once in 1000.
Counted in 64 bins instead of kept, two thousand residuals take 128 bytes, and 1 in 2000 can be said; a ring of as many bytes could
say 1 in 33. A lot says where in its bin a residual lies, so that ties and bins cost no accuracy; another moves it by up to half a
bin, so that a level that drifts by a hair moves no mass from bin to bin at once.
"""

from bisect import bisect_right
from typing import NamedTuple

BINS = 64
HALVED_AT = 2048  # residuals: then each bin forgets half
LEAST_SAMPLES = 30.0  # before, a scale is too uncertain for its residuals to be kept
LEAST_RANKED = 100  # before, a rank cannot be as rare as evidence asks for
FINE, COARSER = 0.25, 1.25  # width of a bin in deviations; ratio of the far ones
_FINE_BINS = 16
LEAST_PROBABILITY = 1e-9


def _edges() -> tuple[float, ...]:
    """Return the bins' edges in deviations: fine ones to 4, then ever coarser ones to 114."""
    fine = [FINE * (at + 1) for at in range(_FINE_BINS)]
    coarse = [fine[-1] * COARSER ** (at + 1) for at in range(BINS // 2 - 1 - _FINE_BINS)]
    return (*(-edge for edge in reversed([*fine, *coarse])), 0.0, *fine, *coarse)


EDGES = _edges()


class Tails(NamedTuple):
    """Probabilities of a residual so high, so low, so far from the middle and so near to it."""

    up: float
    down: float
    wider: float
    narrower: float


class Ranks:
    """The residuals seen, counted."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts = [0] * BINS

    @property
    def is_warm(self) -> bool:
        """Whether enough residuals were seen for a rank to be rare."""
        return sum(self._counts) >= LEAST_RANKED

    def tails_then_learn(self, deviations: float, lots: tuple[float, float], *, learned: bool = True) -> Tails:
        """Return the tails of a residual given in usual distances, then count it."""
        place = bisect_right(EDGES, moved(deviations, lots[0]))
        told = self._tails(place, lots[1])
        if learned:
            self._counts[place] += 1
            if sum(self._counts) >= HALVED_AT:
                self._halve(lots[0] < 0.5)
        return told

    def _halve(self, upwards_first: bool) -> None:  # noqa: FBT001  # which bins round upwards: by lot, or a lone one lived for ever
        self._counts = [(count + (at + upwards_first) % 2) // 2 for at, count in enumerate(self._counts)]

    def _tails(self, place: int, lot: float) -> Tails:
        counts = self._counts
        total, beside = sum(counts), counts[place]
        below = sum(counts[:place])
        far, near = max(place, BINS - 1 - place), min(place, BINS - 1 - place)
        as_far = counts[far] + counts[near]
        inside = sum(counts[near + 1 : far])
        return Tails(
            _probability(total - below - beside, beside, lot, total),
            _probability(below, beside, 1.0 - lot, total),
            _probability(total - inside - as_far, as_far, lot, total),
            _probability(inside, as_far, 1.0 - lot, total),
        )


def moved(deviations: float, lot: float) -> float:
    """Return the residual moved by up to half of its bin's width."""
    return deviations + (lot - 0.5) * max(FINE, (COARSER - 1.0) * abs(deviations))


def newcomer(total: int) -> float:
    """
    Return what the residual itself counts for among so many: 1 as long as none was halved, as conformal ranks have it.

    Halved counts vary less than their number says: by (sum of weights)^2 / (sum of squared weights) they are worth 1.5 times 2048
    residuals. With a whole newcomer 1 in 1000 comes 0.73 to 0.97 times as often as stated, so 0.85 to 1.15 times; the price is that
    1 in 10,000, beyond what is remembered, comes up to 2.2 times as often.
    """
    return 1.0 if total < HALVED_AT // 2 else total / (1.5 * HALVED_AT)


def _probability(beyond: int, beside: int, lot: float, total: int) -> float:
    new = newcomer(total)
    return max((beyond + lot * (beside + new)) / (total + new), LEAST_PROBABILITY)
