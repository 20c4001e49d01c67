"""
What a bettor has won on each alternative: products of many likelihood ratios, kept as numbers with a common scale.

Logarithms would cost an exponential and a logarithm an alternative and window, as something enters before each. Plain numbers
overflow within minutes of a busy service, and what is cut off then would let the noise explain what it cannot.
"""

from collections.abc import Sequence
from math import exp, log
from typing import NamedTuple

_RESCALE_AT = 1e100
_RESCALE_LOG = log(_RESCALE_AT)
_LEAST = 1e-300


class Stakes(NamedTuple):
    """The stakes, each to be multiplied by exp(scale); the scale is never negative."""

    parts: tuple[float, ...]
    scale: float = 0.0

    def grown(self, logs: Sequence[float], entering: float) -> "Stakes":
        """Return the stakes after a window with these log likelihood ratios, before which something enters."""
        largest = max(logs)
        shift = largest if largest > _RESCALE_LOG else 0.0
        entering *= exp(-self.scale) if self.scale else 1.0
        parts = [exp(one - shift) * (part + entering) for one, part in zip(logs, self.parts, strict=True)]
        scale, highest = self.scale + shift, max(parts)
        if highest > _RESCALE_AT or (scale and highest < 1.0 / _RESCALE_AT):
            by = _RESCALE_LOG if highest > 1.0 else -min(scale, _RESCALE_LOG)
            parts, scale = [part * exp(-by) for part in parts], scale + by
        return Stakes(tuple(parts), scale)

    def log_value(self, shares: Sequence[float]) -> float:
        """Return the log of all stakes together, by their shares."""
        return self.scale + log(max(sum([share * part for share, part in zip(shares, self.parts, strict=True)]), _LEAST))
