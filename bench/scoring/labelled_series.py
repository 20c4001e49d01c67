"""
Series with labelled anomalies, from a folder: `windows.json` names the CSV files, and says from when to when each one is anomalous.

The first folder of a name is its set, the second its group (what was measured). A disguise rescales the values and shifts the time:
who scores worse in disguise has learned the data by heart.
"""

import csv
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random


@dataclass(frozen=True, slots=True)
class LabelledSeries:
    """One stream; `windows` are its anomalies as first and last row, both included, in order."""

    name: str
    times: tuple[datetime, ...]
    values: tuple[float, ...]
    windows: tuple[tuple[int, int], ...]

    @property
    def set_name(self) -> str:
        """The set: what has one threshold."""
        return self.name.split("/")[0]

    @property
    def group(self) -> str:
        """The group inside the set: what a threshold can be held out from."""
        return "/".join(self.name.split("/")[:-1])

    @property
    def half(self) -> int:
        """0 (for tuning) or 1 (held out), by the name inside the set, so that adding files moves none."""
        return sha256(self.name.partition("/")[2].encode()).digest()[0] & 1

    def lines(self) -> list[str]:
        """Return the rows as a command reads them."""
        return [f"{at.isoformat(sep=' ')},{value!r}\n" for at, value in zip(self.times, self.values, strict=True)]


def load(folder: Path) -> list[LabelledSeries]:
    """Return the series that the folder's windows.json names, in order of their names."""
    labels: dict[str, list[tuple[str, str]]] = json.loads((folder / "windows.json").read_text())
    return [_read(folder / name, name, labels[name]) for name in sorted(labels)]


def _read(path: Path, name: str, labels: list[tuple[str, str]]) -> LabelledSeries:
    with path.open(newline="") as file:
        _header, *rows = csv.reader(file)
    times = tuple(datetime.fromisoformat(row[0]) for row in rows)
    windows = sorted(_rows_between(times, datetime.fromisoformat(first), datetime.fromisoformat(last)) for first, last in labels)
    return LabelledSeries(name, times, tuple(float(row[1]) for row in rows), tuple(windows))


def _rows_between(times: tuple[datetime, ...], first: datetime, last: datetime) -> tuple[int, int]:
    """Return the first and the last row of a window; times need not increase, so all rows are looked at."""
    inside = [row for row, at in enumerate(times) if first <= at <= last]
    return inside[0], inside[-1]


def disguised(series: LabelledSeries, seed: int) -> LabelledSeries:
    """Return the series in another unit (up to 64 times more or less) and some whole weeks earlier or later."""
    rng = Random(f"{seed} {series.name}")
    factor, shift = 2.0 ** rng.uniform(-6.0, 6.0), timedelta(weeks=rng.randint(-200, 200))
    times, values = tuple(at + shift for at in series.times), tuple(factor * value for value in series.values)
    return replace(series, times=times, values=values)
