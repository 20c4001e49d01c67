"""
The live view: the objective with its bound and forecast, and the road of each event.

On a terminal it is drawn anew a few times a second; elsewhere each new line of the road is printed once, so that a log of the demo
reads as a log. It only draws: nothing in here changes what is measured.
"""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from rollguard_console.demo.story import Line, Story
from rollguard_schemas.signals import BreachForecast, ObjectiveRecovered, Regression

_BARS = "▁▂▃▄▅▆▇█"
_COLOURS = {"watcher": "cyan", "detector": "yellow", "decider": "magenta", "actuator": "green", "demo": "white"}
_STYLES = ("green", "yellow", "cyan", "magenta")  # a revision each, in turn
_ROAD_LINES, _STRIP_SECONDS = 14, 110


class View(Protocol):
    """Where the demo shows itself."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave the screen as it was."""

    def phase(self, text: str) -> None:
        """Say what the demo itself does now."""

    def refresh(self, story: Story) -> None:
        """Show the story as it stands."""


class SilentView:
    """Shows nothing: for ``--json``, where standard output belongs to one document."""

    def __enter__(self) -> Self:
        """Nothing to begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to leave."""

    def phase(self, text: str) -> None:
        """Say nothing."""

    def refresh(self, story: Story) -> None:
        """Show nothing."""


class PlainView(SilentView):
    """Prints each new line once, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console, self._shown, self._began = console, 0, time.time()

    def phase(self, text: str) -> None:
        """Print what the demo does now."""
        self._print(Line(time.time(), "demo", text))

    def refresh(self, story: Story) -> None:
        """Print the lines that are new."""
        for line in story.lines[self._shown :]:
            self._print(line)
        self._shown = len(story.lines)

    def _print(self, line: Line) -> None:
        self._console.print(road_line(line, self._began), soft_wrap=True)


class LiveView(SilentView):
    """Draws the whole picture on a terminal."""

    def __init__(self, console: Console, *, bound_seconds: float) -> None:
        self._bound_seconds, self._began = bound_seconds, time.time()
        self._phases: list[Line] = []
        self._live = Live(console=console, refresh_per_second=4)

    def __enter__(self) -> Self:
        """Take over the screen."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the screen back."""
        self._live.stop()

    def phase(self, text: str) -> None:
        """Add to the road."""
        self._phases.append(Line(time.time(), "demo", text))

    def refresh(self, story: Story) -> None:
        """Draw."""
        self._live.update(picture(story, self._phases, bound_seconds=self._bound_seconds, began=self._began))


def picture(story: Story, phases: Sequence[Line], *, bound_seconds: float, began: float) -> Group:
    """Lay out the whole view."""
    lines = sorted((*story.lines, *phases), key=lambda line: line.at_unix_seconds)[-_ROAD_LINES:]
    road = Table.grid(padding=(0, 1))
    for line in lines:
        road.add_row(road_line(line, began))
    title = f"rollguard demo  {time.time() - began:.0f} s"
    return Group(
        Panel(objective(story, bound_seconds), title=f"{story.workload}: latency that users get, p95", border_style="blue"),
        Panel(road, title=title, border_style="blue"),
    )


def objective(story: Story, bound_seconds: float) -> Group:
    """Draw the latency against its bound, a colour a revision, and say the newest forecast."""
    strip = Text()
    revisions = list(dict.fromkeys(second.revision for second in story.seconds))
    for second in story.seconds[-_STRIP_SECONDS:]:
        filled = min(1.0, (second.latency_p95_seconds or 0.0) / bound_seconds)
        style = _STYLES[revisions.index(second.revision) % len(_STYLES)]
        strip.append(_BARS[round(filled * (len(_BARS) - 1))], style=style)
    now = f"revision {story.serving()}: {story.latency_p95_seconds():.3f} s" if story.seconds else "no telemetry yet"
    return Group(strip, Text(f"{now}   bound {bound_seconds} s is a full bar   {_forecast(story)}"), Text(_compared(story)))


def _forecast(story: Story) -> str:
    latest = next((s for s in reversed(story.signals) if isinstance(s, BreachForecast | ObjectiveRecovered)), None)
    if not isinstance(latest, BreachForecast):
        return "no breach forecast"
    soon = latest.time_to_breach_seconds.p50
    when = f", most likely in {soon:.0f} s" if soon is not None else ""
    return f"forecast: {latest.probability:.0%} breach within {latest.horizon_seconds:.0f} s{when}"


def _compared(story: Story) -> str:
    latest = next((s for s in reversed(story.signals) if isinstance(s, Regression)), None)
    if latest is None:
        return "no rollout is compared yet"
    evidence = f"log e {latest.log_e_value:.1f} of {latest.log_e_needed:.1f} after {latest.windows} windows"
    return f"revision {latest.revision} against {latest.control_revision or 'nothing'}: {latest.verdict}, {evidence}"


def road_line(line: Line, began: float) -> Text:
    """Write one line of the road."""
    text = Text(f"{line.at_unix_seconds - began:6.1f} s  ", style="dim")
    text.append(f"{line.speaker:9}", style=_COLOURS[line.speaker])
    text.append(line.text, style="")
    return text
