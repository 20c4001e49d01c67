"""
The two axes of one stream: value, band, bound and incidents above; score or probability below.
"""

from itertools import pairwise
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from numpy.typing import NDArray

from rollguard_detector.plain.incidents import ALARM_SCORE
from rollguard_detector.plain.tracks import Track

STYLE: Any = {
    "font.family": "DejaVu Sans", "font.size": 9.5, "axes.edgecolor": "#9aa5b1", "axes.labelcolor": "#3e4c59",
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#e9edf1", "grid.linewidth": 0.8,
    "axes.axisbelow": True, "xtick.color": "#616e7c", "ytick.color": "#616e7c", "legend.frameon": False, "legend.fontsize": 8.5,
    "svg.fonttype": "none", "svg.hashsalt": "rollguard", "timezone": "UTC",
}  # fmt: skip
_VALUE, _BAND, _ALARM, _ANSWER = "#243b53", "#bcd9f0", "#d64545", "#e8891c"
_BUCKETS = 2000
_CALENDAR_SECONDS = 1e8  # times before 1973 are counts of seconds, not dates

Numbers = NDArray[np.float64]


def draw_panel(above: Axes, below: Axes, track: Track, told: str) -> None:
    """Draw one stream on two axes that share their time."""
    below.sharex(above)
    dated = max(track.times) >= _CALENDAR_SECONDS
    order = np.argsort(np.array(track.times), kind="stable")
    times, values, answers = (np.array(numbers)[order] for numbers in (track.times, track.values, track.answers))
    days = times / 86_400.0 if dated else times
    _draw_values(above, track, days, values, order)
    _draw_spans(above, below, track, 86_400.0 if dated else 1.0)
    alarms = answers >= ALARM_SCORE
    if track.bound is None:
        above.plot(days[alarms], values[alarms], "o", color=_ALARM, markersize=5, markeredgecolor="white", label="alarm", zorder=4)
    _draw_answers(below, days, answers, told)
    above.set_title(track.stream, loc="left", fontweight="bold", color=_VALUE)
    above.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=5, borderaxespad=0.2)
    above.tick_params(labelbottom=False)
    above.margins(x=0.01)
    below.margins(x=0.01)
    if dated:
        locator: Any = AutoDateLocator()  # type: ignore[no-untyped-call]  # untyped there
        below.xaxis.set_major_locator(locator)
        below.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]  # as above
    else:
        below.set_xlabel("seconds")


def _draw_values(above: Axes, track: Track, days: Numbers, values: Numbers, order: NDArray[np.int64]) -> None:
    kept = thinned(values)
    low, high = np.array(track.lows)[order][kept], np.array(track.highs)[order][kept]
    if not np.all(np.isnan(low)):
        above.fill_between(days[kept], low, high, color=_BAND, alpha=0.6, linewidth=0, label="level ± 3 deviations")
    above.plot(days[kept], values[kept], color=_VALUE, linewidth=0.9, label="value", zorder=3)
    if track.bound is not None:
        above.axhline(track.bound, color=_ALARM, linewidth=1.2, linestyle=(0, (5, 3)), label=f"bound {track.bound:g}")
    above.set_ylabel("value")


def _draw_spans(above: Axes, below: Axes, track: Track, unit: float) -> None:
    for index, span in enumerate(track.spans):
        for axes in (above, below):
            label = span.said.partition(",")[0].rstrip(" 0123456789") if not index and axes is above else None
            start, end = span.start_seconds / unit, span.end_seconds / unit
            axes.axvspan(start, end, facecolor=_ALARM, edgecolor=_ALARM, alpha=0.14, linewidth=0.8, label=label, zorder=1)


def _draw_answers(below: Axes, days: Numbers, answers: Numbers, told: str) -> None:
    kept = thinned(answers)
    below.fill_between(days[kept], 0.0, answers[kept], color=_ANSWER, alpha=0.3, linewidth=0)
    below.plot(days[kept], answers[kept], color=_ANSWER, linewidth=0.9)
    below.axhline(ALARM_SCORE, color="#9aa5b1", linewidth=0.9, linestyle=":")
    below.set_ylim(0.0, 1.04)
    below.set_yticks([0.0, 0.5, 1.0])
    below.set_ylabel(told.replace(" of a", "\nof a"))


def thinned(numbers: Numbers) -> NDArray[np.int64]:
    """Return the places of the least and the largest of each of at most 2000 stretches: what the eye sees of all."""
    count = len(numbers)
    if count <= 2 * _BUCKETS:
        return np.arange(count)
    edges = np.linspace(0, count, _BUCKETS + 1).astype(int)
    ends = [start + place(numbers[start:end]) for start, end in pairwise(edges) for place in (np.argmin, np.argmax)]
    return cast("NDArray[np.int64]", np.unique(np.array(ends)))
