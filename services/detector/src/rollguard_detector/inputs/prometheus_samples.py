"""
Prometheus samples to metric points: what names and labels mean there, whichever format they came in.

A sample is a number under a name. Its name says gauge or counter, ``quantile`` makes it a quantile of a summary, and ``le`` one
bucket of a histogram: buckets are put together where all of them, the last one included, lie in one record. A histogram in pieces
is counted, never read from what is there of it.
"""

import math
import struct
from collections.abc import Mapping

from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds, NumberKind
from rollguard_detector.core.readings import quantile_suffix
from rollguard_detector.inputs.gathering import Gathering

_STALE = 0x7FF0000000000002  # Prometheus' own NaN for a series that ended
_BUCKET, _CREATED = "_bucket", "_created"

_Labels = tuple[tuple[str, str], ...]


class PrometheusSamples:
    """The samples of one record."""

    def __init__(self, gathering: Gathering, identities: Identities, kinds: Kinds) -> None:
        self._gathering, self._identities, self._kinds = gathering, identities, kinds
        self._buckets: dict[tuple[str, _Labels, float], dict[float, float]] = {}

    def take(
        self,
        name: str,
        labels: Mapping[str, str],
        value: float,
        at_seconds: float,
        *,
        kind: NumberKind | None = None,
        start_seconds: float | None = None,
    ) -> None:
        """Take in a sample; ``labels`` are those without the name."""
        if value != value:  # noqa: PLR0124  # only NaN is unlike itself, and this is asked of every sample
            self._gathering.skip("stale" if is_stale(value) else "not-finite")
        elif "le" in labels and name.endswith(_BUCKET):
            self._keep_bucket(name, labels, value, at_seconds)
        elif name.endswith(_CREATED):
            self._gathering.skip("created-time")
        elif "quantile" in labels:
            self._take_quantile(name, labels, value, at_seconds)
        else:
            who = self._identities.of_labels(labels)
            self._gathering.number(who, name, kind or self._kinds.of(name), value, at_seconds, start_seconds=start_seconds)

    def finish(self) -> None:
        """Put the histograms together."""
        for (name, labels, at_seconds), cumulative in self._buckets.items():
            buckets = _from_cumulative(cumulative)
            if buckets is None:
                self._gathering.skip("partial-histogram", len(cumulative))
            else:
                self._gathering.histogram(self._identities.of_labels(dict(labels)), name, buckets, at_seconds)

    def _keep_bucket(self, name: str, labels: Mapping[str, str], value: float, at_seconds: float) -> None:
        others = tuple((label, text) for label, text in labels.items() if label != "le")
        bound = _number(labels["le"])
        if bound is None:
            self._gathering.skip("no-buckets")
        else:
            self._buckets.setdefault((name.removesuffix(_BUCKET), others, at_seconds), {})[bound] = value

    def _take_quantile(self, name: str, labels: Mapping[str, str], value: float, at_seconds: float) -> None:
        rank = _number(labels["quantile"])
        if rank is None:
            self._gathering.skip("no-quantiles")
            return
        who = self._identities.of_labels({label: text for label, text in labels.items() if label != "quantile"})
        self._gathering.number(who, name + quantile_suffix(rank), "gauge", value, at_seconds)


def is_stale(value: float) -> bool:
    """Say whether a NaN is the mark that a series has ended."""
    return bool(struct.unpack("<Q", struct.pack("<d", value))[0] == _STALE)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _from_cumulative(cumulative: Mapping[float, float]) -> tuple[tuple[float, ...], tuple[int, ...]] | None:
    """Return bounds and counts; None where the last bucket is missing or counts are no counts."""
    bounds = sorted(cumulative)
    totals = [cumulative[bound] for bound in bounds]
    if bounds[-1] != math.inf or not all(total.is_integer() for total in totals):
        return None
    counts = [int(total) - int(last) for total, last in zip(totals, [0.0, *totals], strict=False)]
    return tuple(bounds[:-1]), tuple(counts)
