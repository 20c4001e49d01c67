"""
Own JSON in bulk: a poll of values to columns, for a hot path that keeps its series as rows of arrays.

Nearly all points are gauges and counters of series that were seen before. Their labels stay the bytes that they came as, which name
the series as well as the labels would; everything is checked once a series, and a point costs its decoding and one look-up. What is
anything else, or is wrong, goes to the codec one by one, so that both ways say the same.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from rollguard_schemas import codec
from rollguard_schemas.codec import Malformed
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.topics import METRICS

_LAST_SECOND = 253_402_300_799.0
_NO_LABELS = msgspec.Raw(b"{}")
_Key = tuple[str, str, str, str | None, str, bytes]


class Columns(msgspec.Struct, frozen=True):
    """
    The points of a poll, in its order: of which value, of which series, when, and what.

    ``others`` are points that are no numbers by themselves, each with the place of its value; ``malformed`` are the values that are
    none.
    """

    record: npt.NDArray[np.int64]
    series: npt.NDArray[np.int64]
    time_unix_seconds: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    others: tuple[tuple[int, MetricPoint], ...]
    malformed: tuple[tuple[int, Malformed], ...]


class _Bare(msgspec.Struct, tag_field="type", tag="metric-point"):
    workload: str
    metric: str
    time_unix_seconds: float
    value: float
    kind: str = "gauge"
    unit: str = ""
    revision: str | None = None
    labels: msgspec.Raw = _NO_LABELS
    temporality: str = "cumulative"
    start_unix_seconds: float | None = None


class OwnJsonColumns:
    """Reads polls; the number of a series is its place in ``series``, a point of it that was checked."""

    def __init__(self, max_series: int = 200_000) -> None:
        self.series: list[MetricPoint] = []
        self._max_series = max_series
        self._numbers: dict[_Key, int] = {}
        self._decode = msgspec.json.Decoder(_Bare).decode

    def decode_many(self, values: Sequence[bytes | None]) -> Columns:
        """Read the values of a poll, none of which is a structured CloudEvent; raises nothing."""
        records: list[int] = []
        rows: list[tuple[int, float, float]] = []
        left: list[int] = []
        numbers, decode = self._numbers, self._decode
        for place, value in enumerate(values):
            try:
                bare = decode(value)  # type: ignore[arg-type]  # None is refused like all that is no JSON
                key = (bare.workload, bare.metric, bare.kind, bare.revision, bare.unit, bytes(bare.labels))
                rows.append((numbers[key], bare.time_unix_seconds, bare.value))
                records.append(place)
            except Exception:  # noqa: BLE001  # whatever it is, the codec reads it again and names it
                left.append(place)
                continue
            at = bare.time_unix_seconds
            if not 0 <= at <= _LAST_SECOND or bare.temporality != "cumulative" or bare.start_unix_seconds is not None:
                rows.pop()
                left.append(records.pop())
        others, malformed = self._one_by_one(values, left, records, rows)
        return _columns(records, rows, others, malformed)

    def _one_by_one(
        self, values: Sequence[bytes | None], left: list[int], records: list[int], rows: list[tuple[int, float, float]]
    ) -> tuple[list[tuple[int, MetricPoint]], list[tuple[int, Malformed]]]:
        others: list[tuple[int, MetricPoint]] = []
        malformed: list[tuple[int, Malformed]] = []
        for place in left:
            try:
                event = codec.decode(METRICS, values[place]).event
            except Malformed as error:
                malformed.append((place, error))
                continue
            for point in [event] if isinstance(event, MetricPoint) else event.points:
                number = self._number(point, values[place] if point is event else None)
                if number is None or point.value is None:
                    others.append((place, point))
                else:
                    records.append(place)
                    rows.append((number, point.time_unix_seconds, point.value))
        return others, malformed

    def _number(self, point: MetricPoint, value: bytes | None) -> int | None:
        """Return the number of a point's series, a new one where it has none; None for what is no row."""
        is_plain = point.kind in ("gauge", "counter") and point.temporality == "cumulative" and point.start_unix_seconds is None
        if not is_plain or not math.isfinite(point.value or 0.0):
            return None
        labels = msgspec.json.encode(point.labels) if value is None else bytes(self._decode(value).labels)
        key = (point.workload, point.metric, point.kind, point.revision, point.unit, labels)
        if key not in self._numbers:
            if len(self.series) >= self._max_series:
                return None
            self._numbers[key] = len(self.series)
            self.series.append(point)
        return self._numbers[key]


def _columns(
    records: list[int],
    rows: list[tuple[int, float, float]],
    others: list[tuple[int, MetricPoint]],
    malformed: list[tuple[int, Malformed]],
) -> Columns:
    """Put what was read one by one back into its place."""
    record = np.array(records, dtype=np.int64)
    order = np.argsort(record, kind="stable")
    series, times, numbers = zip(*rows, strict=True) if rows else ((), (), ())
    return Columns(
        record[order],
        np.array(series, dtype=np.int64)[order],
        np.array(times, dtype=np.float64)[order],
        np.array(numbers, dtype=np.float64)[order],
        tuple(others),
        tuple(malformed),
    )
