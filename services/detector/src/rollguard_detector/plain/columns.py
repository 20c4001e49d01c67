"""
Which columns of a table are the time, the value and the stream: by the names asked for, or by the usual ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

TIMES = ("timestamp", "time")
VALUES = ("value",)


class Unusable(Exception):
    """The input or what was asked of it cannot work at all; the text says what to do. Nothing was answered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The names that the user gave; None where the usual name will do, or where there is one stream."""

    stream: str | None = None
    time: str | None = None
    value: str | None = None

    @property
    def anything(self) -> bool:
        """Whether a header is needed to find what was asked for."""
        return any((self.stream, self.time, self.value))


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions in a row; `stream` is None where there is one stream."""

    time: int
    value: int
    stream: int | None = None


def find_columns(header: Sequence[str], asked: Asked) -> Columns:
    """Return where the columns are; raise Unusable, with the names there are, where one is missing."""
    names = [name.strip() for name in header]
    return Columns(
        time=_find(names, (asked.time,) if asked.time else TIMES, "--time-column"),
        value=_find(names, (asked.value,) if asked.value else VALUES, "--value-column"),
        stream=_find(names, (asked.stream,), "--by") if asked.stream else None,
    )


def place_of(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Return where the first of the wanted names stands, in whatever case, or None."""
    lowered = [name.lower() for name in names]
    for name in wanted:
        if name in names:
            return names.index(name)
        if name.lower() in lowered:
            return lowered.index(name.lower())
    return None


def _find(names: list[str], wanted: Sequence[str], option: str) -> int:
    place = place_of(names, wanted)
    if place is not None:
        return place
    raise Unusable(f"no column {' or '.join(map(repr, wanted))} in {', '.join(names)}: say which it is with {option}")
