"""
Rows of windows, `stream,time` and what either arm counted, as `compare` reads them; a row that cannot be read is named, not
guessed. Empty lines and comments (#) are none.
"""

from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Any, NamedTuple

from rollguard_detector.core.comparison.exceedance import HistogramWindow
from rollguard_detector.core.comparison.mean_course import MeanWindow
from rollguard_detector.core.comparison.window import Window, problem_of
from rollguard_detector.plain.columns import Unusable
from rollguard_detector.plain.lines import cells_of
from rollguard_detector.plain.rows import BadRow, read_time, read_value

COLUMNS: dict[str, tuple[str, ...]] = {
    "errors": ("control_n", "control_bad", "candidate_n", "candidate_bad"),
    "mean": ("control_n", "control_mean", "candidate_n", "candidate_mean"),
    "histogram": ("control", "candidate"),
}
_NAMES = ("stream", "time")


class WindowRow(NamedTuple):
    """A window of a stream; the time as it was written, too, and the segment ("" where none is told)."""

    stream: str
    time: str
    at_seconds: float
    segment: str
    window: Any


class BadWindow(NamedTuple):
    """A row that cannot be read, with as much of its stream and time as it has."""

    stream: str
    time: str
    problem: str


def read_windows(readline: Callable[[], str], kind: str) -> Iterator[tuple[int, WindowRow | BadWindow | None]]:
    """Yield the number of every line and what was found there; None for the header. Raise Unusable where a column is missing."""
    places: Sequence[int] = range(2 + len(COLUMNS[kind]))
    segment: int | None = None
    opening = True
    read = _READERS[kind]
    for number, line in enumerate(iter(readline, ""), start=1):
        if line.startswith("#") or not line.strip():
            continue
        if opening:
            opening = False
            if (found := _header(line, kind)) is not None:
                places, segment = found
                yield number, None
                continue
        yield number, _row(line, places, segment, read)


def _header(line: str, kind: str) -> tuple[list[int], int | None] | None:
    """Return the places of the columns, None where the line names none of them."""
    names = [name.strip().lower() for name in line.rstrip("\r\n").replace('"', "").split(",")]
    wanted = (*_NAMES, *COLUMNS[kind])
    if not set(names) & set(wanted):
        return None
    missing = [name for name in wanted if name not in names]
    if missing:
        raise Unusable(f"no column {', '.join(map(repr, missing))} in {', '.join(names)}: --kind {kind} needs {','.join(wanted)}")
    return [names.index(name) for name in wanted], names.index("segment") if "segment" in names else None


def _row(line: str, places: Sequence[int], segment: int | None, read: Callable[[list[str]], Any]) -> WindowRow | BadWindow:
    stream = time = ""
    try:
        cells = cells_of(line)
        stream, time = (cells[place].strip() if place < len(cells) else "" for place in places[:2])
        counted = _chosen(cells, places[2:])
        at = float(time) if time.isdigit() else read_time(time)
        part = cells[segment].strip() if segment is not None and segment < len(cells) else ""
        return WindowRow(stream, time, at, part, read(counted))
    except BadRow as problem:
        return BadWindow(stream, time, str(problem))


def _chosen(cells: list[str], places: Sequence[int]) -> list[str]:
    if len(cells) <= max(places):
        raise BadRow(f"has {len(cells)} columns, {max(places) + 1} are needed")
    return [cells[place] for place in places]


def _count(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        pass
    value = read_value(text)
    if value != int(value):
        raise BadRow(f"count {text.strip()!r} is no whole number")
    return int(value)


def _errors(cells: list[str]) -> Window:
    try:
        window = Window(int(cells[0]), int(cells[1]), int(cells[2]), int(cells[3]))
    except ValueError:
        window = Window(*[_count(cell) for cell in cells])
    if min(window) < 0 or window[1] > window[0] or window[3] > window[2]:
        raise BadRow(problem_of(window) or "")
    return window


def _mean(cells: list[str]) -> MeanWindow:
    counts = [_count(cells[0]), _count(cells[2])]
    if min(counts) < 0:
        raise BadRow("counts are negative")
    means = [read_value(cell) if n else 0.0 for n, cell in zip(counts, (cells[1], cells[3]), strict=True)]
    return MeanWindow(counts[0], means[0], counts[1], means[1])


def _histogram(cells: list[str]) -> HistogramWindow:
    return HistogramWindow(*[_buckets(cell) for cell in cells])


def _buckets(cell: str) -> dict[float, int]:
    buckets: dict[float, int] = {}
    for pair in cell.split():
        bound, separator, count = pair.partition(":")
        if not separator:
            raise BadRow(f"{pair!r} is no bound:count")
        upper, n = float("inf") if bound in {"inf", "+Inf", "+inf"} else read_value(bound), _count(count)
        if n < 0 or upper in buckets or not (isfinite(upper) or upper > 0):
            raise BadRow(f"{pair!r} is negative, or its bound comes twice")
        buckets[upper] = n
    return buckets


_READERS: dict[str, Callable[[list[str]], Any]] = {"errors": _errors, "mean": _mean, "histogram": _histogram}
