"""
What a missing number means, by metric: a gap unless an operator says otherwise.

A point can come without a number: a ratio of nothing, a histogram that counted nothing new, a NaN. For a ratio of errors to
requests that may well mean zero; for a queue's length it means that nobody knows. A producer's word that there is no value, and
silence, are never filled: there is no point to fill.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from rollguard_detector.core.readings import Missing

_MAX_KNOWN = 20_000


class MissingNumbers:
    """The table: patterns of metric names (with ``*``), the first that fits decides."""

    def __init__(self, table: Mapping[str, Missing] | None = None) -> None:
        self._table = table or {}
        self._known: dict[str, Missing] = {}

    def of(self, metric: str) -> Missing:
        """Return what a missing number of this metric means."""
        if not self._table:
            return "gap"
        known = self._known.get(metric)
        return known or self._find(metric)

    def _find(self, metric: str) -> Missing:
        missing: Missing = next((meaning for pattern, meaning in self._table.items() if fnmatchcase(metric, pattern)), "gap")
        if len(self._known) < _MAX_KNOWN:
            self._known[metric] = missing
        return missing
