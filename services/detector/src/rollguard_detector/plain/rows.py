"""
`timestamp,value` as people write it: epoch seconds or ISO 8601, quotes, a header or none. A row that cannot be read is named, not
guessed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf, isfinite


class BadRow(ValueError):
    """The row cannot be read; the text says why. It is answered as "nothing known" and learned from by nobody."""


def read_row(line: str) -> tuple[float, float]:
    """Return epoch seconds (UTC where the time names no zone) and the value; raise BadRow for anything else."""
    at, separator, rest = line.partition(",")
    if not separator:
        raise BadRow("needs timestamp,value")
    try:
        value = float(rest.partition(",")[0].strip('"\r\n '))
    except ValueError:
        raise BadRow(f"value {rest.strip()!r} is no number") from None
    if not isfinite(value):
        raise BadRow(f"value {value} is not finite")
    return read_time(at), value


def read_time(text: str) -> float:
    """Return epoch seconds from epoch seconds or ISO 8601; raise BadRow for anything else."""
    text = text.strip('"\r\n ')
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


def is_header(line: str) -> bool:
    """Return whether a first line names columns: its value is no number, and neither is its time a time."""
    try:
        read_row(line)
    except BadRow:
        at, _, rest = line.partition(",")
        return not any(character.isdigit() for character in at) and rest.strip().lower() not in {"", "nan", "inf", "-inf"}
    return False


@dataclass(frozen=True, slots=True)
class Objective:
    """A bound that must not be passed, the direction of harm, and how far ahead it is asked about."""

    bound: float
    above: bool
    horizon_seconds: float


def read_objective(line: str) -> Objective:
    """Return what `#slo threshold=X direction=above|below horizon_s=S` says; raise BadRow where it says less."""
    told = dict(word.partition("=")[::2] for word in line.lstrip("#").split())
    try:
        bound, horizon, direction = float(told["threshold"]), float(told["horizon_s"]), told["direction"]
    except (KeyError, ValueError) as problem:
        raise BadRow(f"an objective needs threshold, direction and horizon_s: {problem}") from None
    if direction not in {"above", "below"} or not (isfinite(bound) and 0.0 < horizon < inf):
        raise BadRow("an objective's direction is above or below, its threshold finite and its horizon positive")
    return Objective(bound, above=direction == "above", horizon_seconds=horizon)


def read_duration(text: str) -> float:
    """Return seconds from `600`, `90s`, `10m`, `2h` or `1d`; raise ValueError for anything else."""
    unit = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}.get(text[-1:])
    seconds = float(text[:-1]) * unit if unit else float(text)
    if not 0.0 < seconds < inf:
        raise ValueError(f"{text!r} is no duration")
    return seconds
