"""
What the tools on plain data are told on the command line.
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

from rollguard_detector.plain.columns import Asked
from rollguard_detector.plain.examples import FORECAST_EXAMPLES, SCORE_EXAMPLES
from rollguard_detector.plain.objectives import Objective, read_duration
from rollguard_detector.plain.tools import EXIT_BAD_ROWS, Pipes, Wish, forecast, score

_ROWS = (
    "Reads rows of timestamp,value (epoch seconds or ISO 8601; a header is optional) and answers each before it reads the next. "
    "Rows that cannot be read are named on stderr and answered with 0; the exit code is 1 then."
)


def add_tools(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``score`` and ``forecast``; either ends with 1 when rows could not be read and with 2 when nothing could be done."""
    scoring = _add(commands, "score", "one anomaly score in [0, 1] a row; 0.5 and more is worth an alarm", SCORE_EXAMPLES)
    scoring.add_argument("--explain", action="store_true", help="lines of JSON with the expected range and the incident")
    scoring.set_defaults(run=lambda asked: _guarded(lambda pipes: score(_wish(asked), pipes)))
    tool = _add(
        commands, "forecast", "probability of a breach within the horizon, and seconds to it (p10,p50,p90) a row", FORECAST_EXAMPLES
    )
    side = tool.add_mutually_exclusive_group()
    side.add_argument("--above", type=float, metavar="X", help="the bound is passed upwards")
    side.add_argument("--below", type=float, metavar="X", help="the bound is passed downwards")
    tool.add_argument("--within", type=read_duration, default=600.0, metavar="10m", help="the horizon (s, m, h, d; default 10m)")
    shape = tool.add_mutually_exclusive_group()
    shape.add_argument("--probability-only", action="store_true", help="write the probability alone")
    shape.add_argument("--explain", action="store_true", help="lines of JSON with quantiles, bound and direction")
    tool.set_defaults(run=lambda asked: _guarded(lambda pipes: _forecast(asked, pipes)))


def _add(commands: "argparse._SubParsersAction[Any]", name: str, told: str, examples: str) -> argparse.ArgumentParser:
    """Add a command with what both tools are told alike."""
    tool: argparse.ArgumentParser = commands.add_parser(
        name, help=told, description=f"Writes {told}. {_ROWS}", epilog=examples, formatter_class=_Formatter
    )
    tool.add_argument("file", nargs="?", metavar="FILE", help="CSV, or Parquet if it ends so; standard input if left out or -")
    tool.add_argument("--by", metavar="COLUMN", help="the column that names a row's stream; each stream has a model of its own")
    tool.add_argument("--time-column", metavar="COLUMN", help="the column of times (default: timestamp or time)")
    tool.add_argument("--value-column", metavar="COLUMN", help="the column of values (default: value)")
    tool.add_argument("--plot", metavar="FILE.png|html", help="draw a picture at the end")
    tool.add_argument("--strict", action="store_true", help="stop at the first row that cannot be read")
    return tool


class _Formatter(argparse.HelpFormatter):
    """Wraps the description and leaves the examples as they are; the standard formatters do both or neither."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("examples:") else super()._fill_text(text, width, indent)


def _wish(asked: argparse.Namespace) -> Wish:
    columns = Asked(stream=asked.by, time=asked.time_column, value=asked.value_column)
    return Wish(path=asked.file, columns=columns, explain=asked.explain, plot=asked.plot, strict=asked.strict)


def _forecast(asked: argparse.Namespace, pipes: Pipes) -> int:
    bound = asked.above if asked.above is not None else asked.below
    objective = None if bound is None else Objective(bound, above=asked.above is not None, horizon_seconds=asked.within)
    return forecast(_wish(asked), pipes, objective, probability_only=asked.probability_only)


def _guarded(run: Callable[[Pipes], int]) -> int:
    """Run on the standard pipes; a reader that has seen enough (``| head``) and Ctrl-C end the run without a stack trace."""
    try:
        return run(Pipes(sys.stdin, sys.stdout, sys.stderr))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered has nobody to go to
        return EXIT_BAD_ROWS
    except KeyboardInterrupt:
        return 130
