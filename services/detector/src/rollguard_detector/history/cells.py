"""
From the cells of a table's row to a series, a time and a value.

What tells series apart is checked once a series, not once a row. Labels are written ``shard=a;zone=b``, or as a JSON object;
Parquet may hold a map.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from rollguard_detector.core.history import Unread
from rollguard_detector.history.identity import template_of
from rollguard_detector.plain.columns import TIMES, VALUES, Unusable, place_of
from rollguard_detector.plain.rows import BadRow, time_of, value_of
from rollguard_schemas.fields import LATEST_UNIX_SECONDS
from rollguard_schemas.metrics import MetricPoint

_NEEDED = {"workload": ("workload",), "metric": ("metric",), "time": TIMES, "value": VALUES}
_OPTIONAL = ("revision", "labels", "kind", "unit")
_IDENTITY = ("workload", "metric", *_OPTIONAL)
_MENDS = {
    "time": "write epoch seconds or ISO 8601",
    "value": "write a finite number, or leave the row out: missing is no zero",
    "labels": "write name=value;name=value, or a JSON object",
}


class Sample(NamedTuple):
    """A row: the number of its series, when, and how much."""

    series: int
    at_seconds: float
    value: float


class RowReader:
    """Reads the rows of one table; ``templates`` holds a point a series, by its number."""

    def __init__(self, path: str, names: Sequence[str], unit: str) -> None:
        """Find the columns; raise Unusable, with the names there are, where one is missing."""
        self._path, self._unit = path, unit
        self._places = {column: place for column, wanted in _wanted().items() if (place := place_of(names, wanted)) is not None}
        missing = [column for column in _NEEDED if column not in self._places]
        if missing:
            raise Unusable(f"{path} has no column {' and no column '.join(missing)}, only {', '.join(names)}: name them so")
        self._numbers: dict[tuple[str, ...], int] = {}
        self.templates: list[MetricPoint] = []

    def read(self, number: int, cells: Sequence[object] | BadRow) -> Sample | Unread:
        """Return what a row says, or why it says nothing."""
        if isinstance(cells, BadRow):
            return Unread(self._where(number), str(cells), "write as many cells as the header has")
        try:
            at_seconds, value = time_of(cells[self._places["time"]]), value_of(cells[self._places["value"]])
            if not 0.0 <= at_seconds <= LATEST_UNIX_SECONDS:
                return Unread(self._where(number), f"time {at_seconds:g} is no instant of ours", "write seconds, not milliseconds")
            series = self._series(number, cells)
        except BadRow as problem:
            return Unread(self._where(number), str(problem), _MENDS.get(str(problem).partition(" ")[0], ""))
        return series if isinstance(series, Unread) else Sample(series, at_seconds, value)

    def _series(self, number: int, cells: Sequence[object]) -> int | Unread:
        raw = {column: cells[self._places[column]] for column in _IDENTITY if column in self._places}
        key = tuple(str(cell) for cell in raw.values())
        known = self._numbers.get(key)
        if known is not None:
            return known
        told = {column: str(cell) for column, cell in raw.items() if column != "labels" and cell not in (None, "")}
        template = template_of({**told, "labels": labels_of_cell(raw.get("labels"))}, self._where(number))
        if isinstance(template, Unread):
            return template
        self._numbers[key] = len(self.templates)
        self.templates.append(template)
        return self._numbers[key]

    def _where(self, number: int) -> str:
        return f"{self._path}: {self._unit} {number}"


def labels_of_cell(cell: object) -> dict[str, str]:
    """Return the labels that a cell holds; raise BadRow where it holds something else."""
    if cell in (None, "", [], {}):
        return {}
    if isinstance(cell, Mapping):
        return {str(name): str(text) for name, text in cell.items() if text is not None}
    if isinstance(cell, list):
        return labels_of_cell(dict(cell))
    text = str(cell)
    return _json_labels(text) if text.startswith("{") else _written_labels(text)


def _json_labels(text: str) -> dict[str, str]:
    try:
        found: dict[str, Any] = msgspec.json.decode(text, type=dict[str, str | int | float | bool])
    except msgspec.MsgspecError:
        raise BadRow(f"labels {text!r} are no JSON object of texts") from None
    return {name: str(value) for name, value in found.items()}


def _written_labels(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(";") if pair.strip()]
    if not all(name.strip() and separator for name, separator, _ in pairs):
        raise BadRow(f"labels {text!r} are no pairs of name=value")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _wanted() -> dict[str, Sequence[str]]:
    return {**_NEEDED, **{column: (column,) for column in _OPTIONAL}}
