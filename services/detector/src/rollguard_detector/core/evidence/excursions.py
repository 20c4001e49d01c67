"""
When is evidence an alarm, if one false alarm in so many samples was asked for?

Every tail probability pays into an e-detector (Shin, Ramdas, Rinaldo): E <- max(E, 1) e(p) with power calibrators, in CUSUM form,
kept in bits. E >= A comes at most once in A samples on average while residuals are exchangeable.

Real ones are not: they drift, have a long memory, and change in ways that nobody labels. So each direction also keeps account of
its own excursions from E = 1: their peaks in bits above a threshold follow an exponential law whose mean is learned, and the
predictive tail of the next one is Lomax's, (1 + x / (S + s))^-(k + a), with a prior that lets a young series state little. An alarm
needs both: E at A, and a return period of A samples; and more than the largest peak the series is known for, in any direction.
"""

from collections.abc import Sequence
from math import sqrt

from rollguard_detector.core.evidence.bits import log2

DIRECTIONS = 4
BUDGET_SHARES = (0.4, 0.4, 0.15, 0.05)  # of up, down, wider, narrower: looking four ways keeps the budget
MOST_BITS = 60.0
EBB_BITS = 14.0  # an excursion that lost so much is over
THRESHOLD_BITS = 4.3
PRIOR_PEAKS, PRIOR_BITS = 6.0, 3.3  # as if so many peaks of so many bits above the threshold had been seen
MOST_LARGEST_BITS = 48.0  # what is beyond the largest can always be reached
REMEMBERED_SAMPLES, FADING = 10_000.0, 0.95
CALM_SAMPLES = 100.0  # after what rang: what rings before that is the same incident


def paid_bits(probability: float) -> float:
    """
    Return the evidence that a tail probability carries, in bits: the mean of k p^(k - 1) over the powers 1/4, 1/2, 3/4, 7/8.

    What is inside the logarithm is at most 1 on average while nothing happens.
    """
    half = sqrt(probability)
    quarter = sqrt(half)
    return log2((0.25 / (half * quarter) + 0.5 / half + 0.75 / quarter + 0.875 / sqrt(quarter)) * 0.25)


class Excursions:
    """The evidence in four directions in bits, and what its past excursions were worth."""

    __slots__ = ("_asked_bits", "_excess_bits", "_largest_bits", "_peaks", "_seen", "_since", "_tops", "evidence", "is_open")

    def __init__(self, run_length: float) -> None:
        self._asked_bits = asked_bits(run_length)
        self.evidence = [0.0] * DIRECTIONS
        self._tops = [0.0] * DIRECTIONS
        self._peaks = [0.0] * DIRECTIONS
        self._excess_bits = [0.0] * DIRECTIONS
        self.is_open = [False] * DIRECTIONS
        self._largest_bits = self._seen = 0.0
        self._since = CALM_SAMPLES

    def add(self, tails: Sequence[float], *, frozen: bool = False) -> tuple[float, bool]:
        """Add a sample's tails; return the rarest direction's return period in bits of samples (or 0), and whether to ring."""
        ebbed = [self._grow(index, tail, frozen=frozen) for index, tail in enumerate(tails)]
        if not frozen:
            self._age()
        rarest, rings = 0.0, False
        for index, asked in enumerate(self._asked_bits):
            bits = self.evidence[index]
            return_bits = self._return_bits(index, bits) if bits > THRESHOLD_BITS else 0.0
            reached = bits >= asked and return_bits >= asked
            was_open = self.is_open[index] and not ebbed[index]
            rings = rings or (reached and not was_open)
            self.is_open[index] = reached or was_open
            rarest = max(rarest, return_bits)
        return rarest, self._ring_once(rings)

    def forget(self) -> None:
        """Start gathering anew; what the excursions that go on were worth is learned."""
        for index in range(DIRECTIONS):
            self._keep(index)
        self.drop()

    def drop(self) -> None:
        """Start gathering anew, as if the excursions that go on had not been."""
        self.evidence, self._tops = [0.0] * DIRECTIONS, [0.0] * DIRECTIONS
        self.is_open = [False] * DIRECTIONS
        self._since = CALM_SAMPLES

    def _grow(self, index: int, tail: float, *, frozen: bool) -> bool:
        """Add a tail to one direction; return whether its excursion is over."""
        grown = min(max(self.evidence[index] + paid_bits(tail), 0.0), MOST_BITS)
        top = self._tops[index]
        if top <= 0.0 or grown > max(0.0, top - EBB_BITS):
            self.evidence[index], self._tops[index] = grown, max(top, grown)
            return False
        if not frozen:
            self._keep(index)
        self.evidence[index] = self._tops[index] = 0.0
        return True

    def _keep(self, index: int) -> None:
        top_bits = self._tops[index]
        if top_bits > THRESHOLD_BITS:
            self._peaks[index] += 1.0
            self._excess_bits[index] += top_bits - THRESHOLD_BITS
            self._largest_bits = max(self._largest_bits, min(top_bits, MOST_LARGEST_BITS))

    def _age(self) -> None:
        self._seen += 1.0
        if self._seen > REMEMBERED_SAMPLES:
            self._seen *= 0.5
            self._peaks = [peaks * 0.5 for peaks in self._peaks]
            self._excess_bits = [bits * 0.5 for bits in self._excess_bits]
            self._largest_bits *= FADING

    def _return_bits(self, index: int, bits: float) -> float:
        samples = log2(self._seen + 1.0)
        if bits <= self._largest_bits:
            return samples - 1.0
        beyond = (bits - THRESHOLD_BITS) / (self._excess_bits[index] + PRIOR_PEAKS * PRIOR_BITS)
        return samples - log2(self._peaks[index] + 1.0) + (self._peaks[index] + PRIOR_PEAKS) * log2(1.0 + beyond)

    def _ring_once(self, rings: bool) -> bool:  # noqa: FBT001  # what it is about
        alarm = rings and self._since >= CALM_SAMPLES
        self._since = 0.0 if rings else self._since + 1.0
        return alarm


def asked_bits(run_length: float) -> tuple[float, ...]:
    """Return how many bits each direction has to reach."""
    return tuple(log2(run_length / share) for share in BUDGET_SHARES)
