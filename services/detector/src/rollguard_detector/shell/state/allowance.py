"""
So many bytes a second, saved up for one second at most: snapshots must not crowd out the metrics that they are taken of.
"""

from collections.abc import Callable


class Allowance:
    """Bytes that may be written now."""

    def __init__(self, bytes_per_second: float, clock: Callable[[], float]) -> None:
        self._rate, self._clock = bytes_per_second, clock
        self._left, self._at = bytes_per_second, clock()

    def has_any(self) -> bool:
        """Whether anything may be written; what is written may then exceed what is left, which is owed."""
        now = self._clock()
        self._left = min(self._rate, self._left + (now - self._at) * self._rate)
        self._at = now
        return self._left > 0

    def spend(self, count: int) -> None:
        """Write so many."""
        self._left -= count
