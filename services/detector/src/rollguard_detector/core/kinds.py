"""
Gauge or counter, where the wire does not say: by name, as OpenMetrics ends the names of totals, unless a table says otherwise.

Read as a gauge, a total climbs for ever and forecasts a breach of everything; so the table is there for producers that name totals
differently, as Triton does.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal

NumberKind = Literal["gauge", "counter"]

TOTALS = ("_total", "_count", "_sum", "_bucket")
DEFAULT_KINDS: Mapping[str, NumberKind] = {
    "nv_inference_pending_request_count": "gauge",
    "nv_inference_request_success": "counter",
    "nv_inference_request_failure": "counter",
    "nv_inference_*_duration_us": "counter",
    "nv_energy_consumption": "counter",
    "nv_cache_num_*": "counter",
}
_MAX_KNOWN = 20_000


class Kinds:
    """The table, whose patterns (with ``*``) are tried in order, before the endings."""

    def __init__(self, table: Mapping[str, NumberKind] | None = None) -> None:
        self._table = {**(table or {}), **DEFAULT_KINDS} if table else DEFAULT_KINDS
        self._known: dict[str, NumberKind] = {}

    def of(self, metric: str) -> NumberKind:
        """Return the kind of a number that goes by this name."""
        kind = self._known.get(metric)
        if kind is None:
            kind = self._find(metric)
            if len(self._known) < _MAX_KNOWN:
                self._known[metric] = kind
        return kind

    def _find(self, metric: str) -> NumberKind:
        for pattern, kind in self._table.items():
            if fnmatchcase(metric, pattern):
                return kind
        return "counter" if metric.endswith(TOTALS) else "gauge"
