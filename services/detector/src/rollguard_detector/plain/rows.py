"""
`timestamp,value` as people write it: epoch seconds or ISO 8601, quotes, a header or none. A row that cannot be read is named, not
guessed.
"""

from datetime import UTC, datetime
from math import isfinite
from typing import NamedTuple

_SECONDS_DIGITS = 10  # of epoch seconds, from 2001 to 2286


class BadRow(ValueError):
    """The row cannot be read; the text says why. It is answered as "nothing known" and learned from by nobody."""


class Row(NamedTuple):
    """One sample of one stream ("" where there is only one), at epoch seconds."""

    stream: str
    at_seconds: float
    value: float


def read_row(line: str) -> Row:
    """Return the row of a line that is `timestamp,value`; raise BadRow for anything else."""
    at, separator, rest = line.partition(",")
    if not separator:
        raise BadRow("needs timestamp,value")
    value = read_value(rest.partition(",")[0])
    return Row("", read_time(at), value)


def read_value(text: str) -> float:
    """Return a finite number; raise BadRow for anything else."""
    try:
        value = float(text.strip('"\r\n '))
    except ValueError:
        raise BadRow(f"value {text.strip()!r} is no number") from None
    if not isfinite(value):
        raise BadRow(f"value {value} is not finite")
    return value


def read_time(text: str) -> float:
    """Return epoch seconds from epoch seconds or ISO 8601 (UTC where it names no zone); raise BadRow for anything else."""
    text = text.strip('"\r\n ')
    if len(text) == _SECONDS_DIGITS and text.isdigit() and text.isascii():
        return float(text)  # no form of ISO 8601 has so many, and to try them costs more than all the rest
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    try:
        seconds = float(text)
    except ValueError:
        raise BadRow(f"time {text!r} is neither epoch seconds nor ISO 8601") from None
    if not isfinite(seconds):
        raise BadRow(f"time {seconds} is not finite")
    return seconds


def time_of(cell: object) -> float:
    """Return epoch seconds from a cell of any table: a date, a number or a text; raise BadRow for anything else."""
    if isinstance(cell, datetime):
        return (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp()
    if cell is None:
        raise BadRow("time is missing")
    return read_time(str(cell))


def value_of(cell: object) -> float:
    """Return a finite number from a cell of any table; raise BadRow for anything else."""
    if cell is None:
        raise BadRow("value is missing")
    return read_value(str(cell))


def is_header(line: str) -> bool:
    """Return whether a first line names columns: its value is no number, and neither is its time a time."""
    try:
        read_row(line)
    except BadRow:
        at, _, rest = line.partition(",")
        return not any(character.isdigit() for character in at) and rest.strip().lower() not in {"", "nan", "inf", "-inf"}
    return False
