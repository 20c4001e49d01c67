"""
The tools on plain data: rows in, one answer a row out, given before the next row is read; at the end a picture, if asked for.

No Kafka and no configuration. Importing this must stay cheap (no numpy, no river), as a person waits for it.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from rollguard_detector.core.half_lives import BY_STEPS
from rollguard_detector.plain.answers import Tool, answer_rows
from rollguard_detector.plain.columns import Asked, Unusable
from rollguard_detector.plain.inputs import open_rows
from rollguard_detector.plain.objectives import Objective
from rollguard_detector.plain.progress import is_wanted
from rollguard_detector.plain.scoring import Scoring
from rollguard_detector.plain.tracks import Track

if TYPE_CHECKING:
    from rollguard_detector.plain.comparing import Question

EXIT_BAD_ROWS = 1
EXIT_UNUSABLE = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """What both tools are asked for alike."""

    path: str | None = None
    columns: Asked = field(default_factory=Asked)
    explain: bool = False
    plot: str | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Pipes:
    """Where rows come from, answers go to, and what is wrong is told."""

    source: TextIO
    sink: TextIO
    complaints: TextIO


def score(wish: Wish, pipes: Pipes, half_life_seconds: float = BY_STEPS) -> int:
    """Answer every row with its score in [0, 1]; return the exit code."""
    tracks: list[Track] | None = [] if wish.plot else None
    return _run(Scoring(explain=wish.explain, tracks=tracks, half_life_seconds=half_life_seconds), wish, pipes, tracks, "score")


def forecast(wish: Wish, pipes: Pipes, objective: Objective | None, *, probability_only: bool = False) -> int:
    """Answer every row with probability and quantiles of the time to the breach; return the exit code."""
    from rollguard_detector.plain.forecasting import Forecasting  # noqa: PLC0415  # numpy is not needed to score

    tracks: list[Track] | None = [] if wish.plot else None
    tool = Forecasting(objective, probability_only=probability_only, explain=wish.explain, tracks=tracks)
    return _run(tool, wish, pipes, tracks, "probability of a breach")


def compare(path: str | None, pipes: Pipes, question: "Question", *, strict: bool = False) -> int:
    """Answer every window with the verdict on its stream; return the exit code."""
    from rollguard_detector.plain.comparing import compare_rows  # noqa: PLC0415  # the other tools do not need it

    try:
        bad = compare_rows(path, question, (pipes.source, pipes.sink, pipes.complaints), strict=strict)
    except Unusable as problem:
        print(f"rollguard-detector: {problem}", file=pipes.complaints)
        return EXIT_UNUSABLE
    return EXIT_BAD_ROWS if bad else 0


def _run(tool: Tool, wish: Wish, pipes: Pipes, tracks: list[Track] | None, told: str) -> int:
    terminal = pipes.complaints if is_wanted(pipes.complaints, pipes.sink) else None
    try:
        if wish.plot:
            _check_plot(wish.plot)
        with open_rows(wish.path, wish.columns, pipes.source, terminal) as rows:
            bad = answer_rows(rows.numbered, tool, pipes.sink, pipes.complaints, strict=wish.strict, unit=rows.unit)
        if wish.plot and tracks is not None:
            _draw(tracks, wish.plot, told)
    except Unusable as problem:
        print(f"rollguard-detector: {problem}", file=pipes.complaints)
        return EXIT_UNUSABLE
    return EXIT_BAD_ROWS if bad else 0


def _check_plot(path: str) -> None:
    """Find out before the first row, not after the last, whether a picture can be drawn."""
    from rollguard_detector.plain.picture import check  # noqa: PLC0415  # heavy, and most runs draw nothing

    check(path)


def _draw(tracks: list[Track], path: str, told: str) -> None:
    from rollguard_detector.plain.picture import draw  # noqa: PLC0415  # loaded by now

    draw([track for track in tracks if track.times], path, told)
