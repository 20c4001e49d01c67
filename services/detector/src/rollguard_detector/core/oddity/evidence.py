"""
Has a series changed, given a budget of one false alarm in so many samples?

Residuals of a robust level are whitened (AR(1), learned online), ranked among the recent ones, and every rank pays into an
e-detector (Shin, Ramdas, Rinaldo): E <- max(E, 1) * e(p) with power calibrators, in CUSUM form. An alarm at E >= A comes on
average at most once in A samples if nothing changed, whatever the distribution. Ranks of what is not whitened ring fifty times
too often.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from math import inf, sqrt

_LEAST_SAMPLES = 100
_WINDOW = 1000
_CLIP = 4.0
_POWERS = (0.3, 0.5, 0.7, 0.85)
_LEAST_CORRELATION = 0.15
_MOST_CORRELATION = 0.98
_SHARES = (0.002, 0.06, 0.3)  # of a sample in the steady, the slow and the quick level
_SLOW = 0.002
_HANDICAP = 1.02  # a level that moves has to earn it
_UNBOUNDED_SAMPLES = 10
_MOST_EVIDENCE = 1e12


def e_value(probability: float) -> float:
    """Return the evidence that a tail probability carries: its mean is at most 1 while nothing happens."""
    paid: float = sum(power * probability ** (power - 1.0) for power in _POWERS)
    return paid / len(_POWERS)


class Autocorrelation:
    """AR(1) coefficient of what is left of a series after a level, learned from clipped values; small ones count as none."""

    __slots__ = ("_product", "_samples", "before", "error")

    def __init__(self) -> None:
        self.before = self._product = self.error = 0.0
        self._samples = 0

    @property
    def coefficient(self) -> float:
        """The coefficient, 0 where it could be chance: a jittering coefficient would break the ties of counts."""
        found = self._product / self.error if self.error > 0.0 else 0.0
        return 0.0 if found < _LEAST_CORRELATION else min(found, _MOST_CORRELATION)

    def innovation_then_learn(self, rest: float) -> float:
        """Return what the value before did not announce, then learn the rest."""
        self._samples += 1
        innovation = rest - self.coefficient * self.before
        weight = max(_SLOW, 1.0 / self._samples)
        scale = sqrt(self.error)
        bounded = rest if self._samples < _UNBOUNDED_SAMPLES else max(-_CLIP * scale, min(_CLIP * scale, rest))
        self._product += weight * (bounded * self.before - self._product)
        self.error += weight * (bounded * bounded - self.error)
        self.before = bounded
        return innovation


class Whitened:
    """
    The part of a value that neither a level nor the value before announced, in the value's unit.

    Of a steady, a slow and a quick level the one counts whose one-step error is least. The steady one takes nothing off: ranks do
    not mind, and a level that drifts by a hair would break the ties of counts and ring for ever.
    """

    __slots__ = ("_errors", "_levels", "_rests", "_samples")

    def __init__(self) -> None:
        self._levels = [0.0 for _ in _SHARES]
        self._rests = [Autocorrelation() for _ in _SHARES]
        self._errors = [0.0 for _ in _SHARES]
        self._samples = 0

    def residual_then_learn(self, value: float) -> float:
        """Return the whitened residual by the best level, then learn the value."""
        self._samples += 1
        best = min(range(len(_SHARES)), key=lambda index: self._errors[index] * (1.0 if index == 0 else _HANDICAP))
        steady = value - self._rests[0].coefficient * (self._rests[0].before + self._levels[0])  # equal values stay equal
        innovations = [self._innovation_then_learn(index, value) for index in range(len(_SHARES))]
        return innovations[best] if best else steady

    def _innovation_then_learn(self, index: int, value: float) -> float:
        """Return what one level and its autocorrelation did not announce, and teach both; the steady level learns bounded."""
        rest = value - self._levels[index]
        innovation = self._rests[index].innovation_then_learn(rest)
        bound = 4.0 * sqrt(self._errors[index]) if self._samples >= _UNBOUNDED_SAMPLES else inf
        bounded = max(-bound, min(bound, innovation))
        self._errors[index] += max(_SLOW, 1.0 / self._samples) * (bounded * bounded - self._errors[index])
        taught = max(-bound, min(bound, rest)) if index == 0 else rest
        self._levels[index] += max(_SHARES[index], 1.0 / self._samples) * taught
        return innovation


class Ranks:
    """The last residuals in order, and where a new one stands among them."""

    __slots__ = ("_ordered", "_recent")

    def __init__(self) -> None:
        self._ordered: list[float] = []
        self._recent: deque[float] = deque()

    def __len__(self) -> int:
        return len(self._ordered)

    def tails_then_learn(self, residual: float) -> tuple[float, float]:
        """Return the conformal probabilities of a residual so high and so low (ties count as as odd), then learn it."""
        ordered, recent = self._ordered, self._recent
        count = len(ordered)
        low, high = bisect_left(ordered, residual), bisect_right(ordered, residual)
        tails = ((count - low + 1.0) / (count + 1.0), (high + 1.0) / (count + 1.0))
        if count >= _WINDOW:
            del ordered[bisect_left(ordered, recent.popleft())]
        insort(ordered, residual)
        recent.append(residual)
        return tails


class Evidence:
    """Evidence for "higher than before" and "lower than before", each a stream of its own."""

    __slots__ = ("_ranks", "_whitened", "down", "up")

    def __init__(self) -> None:
        self._whitened = Whitened()
        self._ranks = Ranks()
        self.up = self.down = 0.0

    def score_then_learn(self, value: float) -> float:
        """Return the evidence after this sample; half the larger of both, so that looking both ways keeps the budget."""
        up, down = self._ranks.tails_then_learn(self._whitened.residual_then_learn(value))
        if len(self._ranks) <= _LEAST_SAMPLES:
            return 0.0
        self.up = min(max(self.up, 1.0) * e_value(up), _MOST_EVIDENCE)
        self.down = min(max(self.down, 1.0) * e_value(down), _MOST_EVIDENCE)
        return 0.5 * max(self.up, self.down)

    def forget(self) -> None:
        """Start gathering anew, after an alarm; what is usual stays learned."""
        self.up = self.down = 0.0
