"""
How unlikely is a residual, and how much evidence do many in a row make?

The tail probability is a conformal rank among recent residuals, so it holds for heavy tails where a Gaussian's would be ten times
too small. Evidence is an e-process over such ranks (Shin, Ramdas and Rinaldo's e-detector in CUSUM form, power calibrators), which
raises a false alarm on average at most once in ``EVIDENCE_NEEDED`` samples. Ranks hold for whitened residuals only, hence the
``Whitener``.
"""

import math
from bisect import bisect_left, bisect_right

from river.stats import EWMean
from river.utils import SortedWindow

from rollguard_detector.core.decay import clip

EVIDENCE_NEEDED = 1e5
_EVIDENCE_KEPT = 1e9  # more would only take longer to forget
_WINDOW = 256
_POWERS = (0.3, 0.5, 0.7, 0.85)
_MAX_CORRELATION = 0.95
_CORRELATION_SHARE = 0.003  # slow: a jump must not pass for correlation before it was noticed
_CLIP = 4.0


def e_value(probability: float) -> float:
    """Return the evidence against "nothing happened" that a tail probability carries; its mean is 1 if nothing did."""
    return sum(power * math.pow(probability, power - 1.0) for power in _POWERS) / len(_POWERS)


class Whitener:
    """Removes what a residual owes to the one before it: an AR(1) with its correlation learned online."""

    __slots__ = ("_before", "_products", "_squares")

    def __init__(self) -> None:
        self._before = 0.0
        self._products = EWMean(_CORRELATION_SHARE)
        self._squares = EWMean(_CORRELATION_SHARE)

    @property
    def correlation(self) -> float:
        """How much of a residual the next one repeats, from 0 to 0.95."""
        squares, products = float(self._squares.get()), float(self._products.get())
        return min(_MAX_CORRELATION, max(0.0, products / squares)) if squares > 0 else 0.0

    def whiten(self, residual: float) -> float:
        """Return the part of a standardised residual that is new, on the scale of the residual."""
        correlation = self.correlation
        return (residual - correlation * self._before) / math.sqrt(1.0 - correlation * correlation)

    def learn(self, residual: float) -> None:
        """Take the residual in, clipped."""
        clipped = clip(residual, _CLIP)
        self._products.update(clipped * clip(self._before, _CLIP))
        self._squares.update(clipped * clipped)
        self._before = residual


class Tail:
    """The ranks of a residual among the recent ones, and the evidence gathered so far, upwards and downwards."""

    __slots__ = ("_recent", "evidence_down", "evidence_up", "probability_down", "probability_up")

    def __init__(self) -> None:
        self._recent: SortedWindow[float] = SortedWindow(_WINDOW)
        self.forget()

    def forget(self) -> None:
        """Start gathering anew; the reference stays."""
        self.evidence_up = self.evidence_down = 0.0
        self.probability_up = self.probability_down = 1.0

    def score(self, residual: float) -> None:
        """Rank a residual among the recent ones, conservatively where there are ties, and add to the evidence."""
        values, count = self._recent.data, len(self._recent)
        at_least, at_most = count - bisect_left(values, residual), bisect_right(values, residual)
        self.probability_up, self.probability_down = (at_least + 1) / (count + 1), (at_most + 1) / (count + 1)
        self.evidence_up = _gather(self.evidence_up, self.probability_up)
        self.evidence_down = _gather(self.evidence_down, self.probability_down)

    def learn(self, residual: float) -> None:
        """Let the residual into the reference."""
        self._recent.append(residual)


def _gather(evidence: float, probability: float) -> float:
    return min(_EVIDENCE_KEPT, max(evidence, 1.0) * e_value(probability))
