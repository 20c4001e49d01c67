"""
The timeline of one objective, as an SVG: its metric between low and high, its bound, and what happened above it.

Drawn by hand into the page so that the report is one file that opens anywhere, years later, without a network.
"""

from collections.abc import Iterator, Sequence
from html import escape

from rollguard_console.backtest.incidents import Incident
from rollguard_console.instants import show_instant
from rollguard_runtime.replayed import Minute

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 960, 190, 64, 12, 34, 24
_MOST_COLUMNS = 600


class Mark:
    """Something that happened: where it is drawn, in which class, and what a pointer over it tells."""

    def __init__(self, at_unix_seconds: float, kind: str, told: str, row: int = 0) -> None:
        self.at_unix_seconds, self.kind, self.told, self.row = at_unix_seconds, kind, told, row


class Frame:
    """From times and values to places in the picture."""

    def __init__(self, begin: float, end: float, low: float, high: float) -> None:
        self.begin, self.end = begin, max(end, begin + 1.0)
        self.low, self.high = low, high if high > low else low + 1.0

    def x(self, at: float) -> float:
        """Return where an instant is drawn."""
        share = (min(max(at, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return where a value is drawn."""
        share = (value - self.low) / (self.high - self.low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def timeline(minutes: Sequence[Minute], incidents: Sequence[Incident], marks: Sequence[Mark]) -> str:
    """Draw one objective over its whole course; ``minutes`` are those of one objective, and not empty."""
    ordered = sorted(minutes, key=lambda minute: minute.from_unix_seconds)
    first, last = ordered[0], ordered[-1]
    values = [first.bound, *(minute.low for minute in ordered), *(minute.high for minute in ordered)]
    frame = Frame(first.from_unix_seconds, last.from_unix_seconds + last.seconds, min(values), max(values))
    parts = [*_shades(incidents, frame), *_band(_thinned(ordered), frame), *_axis(first, frame), *_marks(marks, frame)]
    title = escape(f"{first.workload}: {first.objective} ({first.metric} {first.direction} {first.bound:g} {first.unit})".rstrip())
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}">{"".join(parts)}</svg>'


def _thinned(minutes: list[Minute]) -> list[tuple[float, float, float, float]]:
    """Join neighbours, so that a month stays a page and not a book; extremes are kept."""
    size = -(-len(minutes) // _MOST_COLUMNS)
    groups = [minutes[start : start + size] for start in range(0, len(minutes), size)]
    return [
        (
            group[0].from_unix_seconds,
            group[-1].from_unix_seconds + group[-1].seconds,
            min(minute.low for minute in group),
            max(minute.high for minute in group),
        )
        for group in groups
    ]


def _band(columns: list[tuple[float, float, float, float]], frame: Frame) -> Iterator[str]:
    for begin, end, low, high in columns:
        x, y = frame.x(begin), frame.y(high)
        width, height = max(1.0, frame.x(end) - x), max(1.5, frame.y(low) - y)
        yield f'<rect class="metric" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _axis(first: Minute, frame: Frame) -> Iterator[str]:
    y = frame.y(first.bound)
    yield f'<line class="bound" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    for value in (frame.low, frame.high):
        yield f'<text x="{_LEFT - 6}" y="{frame.y(value) + 4:.1f}" text-anchor="end">{value:.4g}</text>'
    yield f'<text x="{_LEFT}" y="{_HEIGHT - 6}">{show_instant(frame.begin)}</text>'
    yield f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 6}" text-anchor="end">{show_instant(frame.end)}</text>'


def _shades(incidents: Sequence[Incident], frame: Frame) -> Iterator[str]:
    for one in incidents:
        x, end = frame.x(one.from_unix_seconds), frame.x(one.until_unix_seconds)
        kind = "incident" if one.is_rollouts else "incident other"
        box = f'x="{x:.1f}" y="{_TOP}" width="{max(2.0, end - x):.1f}" height="{_HEIGHT - _TOP - _BOTTOM}"'
        yield f'<rect class="{kind}" {box}><title>{escape(one.name)}</title></rect>'


def _marks(marks: Sequence[Mark], frame: Frame) -> Iterator[str]:
    for mark in marks:
        x, y = frame.x(mark.at_unix_seconds), 6 + 13 * mark.row
        yield (
            f'<g class="{mark.kind}"><title>{escape(show_instant(mark.at_unix_seconds))} {escape(mark.told)}</title>'
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{_HEIGHT - _BOTTOM}"/><circle cx="{x:.1f}" cy="{y}" r="4.5"/></g>'
        )
