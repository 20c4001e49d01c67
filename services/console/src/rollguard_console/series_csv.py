"""
Recorded series: a CSV with the columns ``timestamp`` and ``value`` (others are passed over), to metric points.

A row that cannot be read is named by its line and left out; it never becomes a zero. A gap in a recording is a gap in the replay.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from rollguard_console.exit_codes import Refused, WrongUsage
from rollguard_console.instants import parse_instant

_COLUMNS = ("timestamp", "value")
_STEP_SECONDS = 0.05  # points due within one step leave together: finer pacing is not seen by anyone
_MAX_BATCH = 500


class Sample(msgspec.Struct, frozen=True):
    """One row: its line in the file, when, and how much."""

    line: int
    unix_seconds: float
    value: float


class WrongRow(msgspec.Struct, frozen=True):
    """A row that was left out, and why."""

    line: int
    why: str


class Series(msgspec.Struct, frozen=True):
    """What a file holds."""

    samples: tuple[Sample, ...]
    wrong: tuple[WrongRow, ...]

    def shifted_to_end_at(self, unix_seconds: float) -> "Series":
        """Return the series moved in time so that its latest sample is at this instant."""
        shift = unix_seconds - max(sample.unix_seconds for sample in self.samples)
        moved = (Sample(sample.line, sample.unix_seconds + shift, sample.value) for sample in self.samples)
        return Series(tuple(moved), self.wrong)


def read_series(lines: Iterable[str]) -> Series:
    """
    Read a file's lines.

    Raises:

        Refused: when it has no header with the two columns.
    """
    reader = csv.reader(lines)
    header = [name.strip().lower() for name in next(reader, [])]
    if any(column not in header for column in _COLUMNS):
        raise Refused(f"line 1: the header must name {' and '.join(_COLUMNS)}; it is {','.join(header) or 'empty'}")
    places = tuple(header.index(column) for column in _COLUMNS)
    rows = [_row(reader.line_num, row, places) for row in reader if any(cell.strip() for cell in row)]
    return Series(tuple(row for row in rows if isinstance(row, Sample)), tuple(row for row in rows if isinstance(row, WrongRow)))


def batches(samples: Sequence[Sample], *, speed: float) -> Iterator[tuple[float, list[Sample]]]:
    """
    Group samples by when they are due, in seconds after the start, in the order of the file.

    ``speed`` is recorded time over replayed time; 0 makes everything due at once. A sample that lies before an earlier one in time
    is due with it, so that a replay arrives in the order that was recorded.
    """
    for due, group in groupby(_due(samples, speed), key=lambda pair: pair[0]):
        together = [sample for _, sample in group]
        for start in range(0, len(together), _MAX_BATCH):
            yield due, together[start : start + _MAX_BATCH]


def _due(samples: Sequence[Sample], speed: float) -> Iterator[tuple[float, Sample]]:
    latest = 0.0
    for sample in samples:
        if speed > 0:
            after = (sample.unix_seconds - samples[0].unix_seconds) / speed
            latest = max(latest, math.floor(after / _STEP_SECONDS) * _STEP_SECONDS)
        yield latest, sample


def _row(line: int, row: list[str], places: tuple[int, ...]) -> Sample | WrongRow:
    if len(row) <= max(places):
        return WrongRow(line, f"has {len(row)} columns, the header has more")
    timestamp, text = (row[place].strip() for place in places)
    try:
        seconds, value = parse_instant(timestamp), float(text)
    except WrongUsage as error:
        return WrongRow(line, f"timestamp: {error}")
    except ValueError:
        return WrongRow(line, f"value: {text!r} is no number")
    if not math.isfinite(value):
        return WrongRow(line, f"value: {text} is not finite; leave a missing sample out")
    return Sample(line, seconds, value)
