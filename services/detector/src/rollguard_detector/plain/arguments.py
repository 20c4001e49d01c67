"""
What the tools on plain data are told on the command line.
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

from rollguard_detector.core.half_lives import BY_STEPS
from rollguard_detector.plain.argument_types import duration, margin, share
from rollguard_detector.plain.columns import Asked
from rollguard_detector.plain.examples import COMPARE_EXAMPLES, FORECAST_EXAMPLES, SCORE_EXAMPLES
from rollguard_detector.plain.objectives import Objective
from rollguard_detector.plain.tools import EXIT_BAD_ROWS, Pipes, Wish, compare, forecast, score

_ROWS = (
    "Reads rows of timestamp,value (epoch seconds or ISO 8601; a header is optional) and answers each before it reads the next. "
    "Rows that cannot be read are named on stderr and answered with 0; the exit code is 1 then."
)

_COMPARE = (
    "Says of every stream whether the candidate is worse than its control, and whether the rollout is to blame. Reads CSV "
    "with a header, a window of a stream a line, streams interleaved in any order, and answers each line before it reads "
    "the next. --kind errors: stream,time,control_n,control_bad,candidate_n,candidate_bad (requests, and bad ones). --kind "
    "mean: stream,time,control_n,control_mean,candidate_n,candidate_mean (requests, and the mean of the metric over them). "
    "--kind histogram: stream,time,control,candidate (a cell is bound:count pairs separated by blanks, bound the upper one "
    "of a bucket, inf for the open one, counts not cumulative). A further column, segment, names a replica or zone; one of "
    "them alone is no bad release. Writes stream,time,log_e,verdict,attribution,effect_low,effect_high: the log e-value of "
    "the two-arm test; healthy, degraded or inconclusive; rollout, global (both arms moved), segment or unknown; and the "
    "candidate's rate as a multiple of the control's, with 1 - alpha. A window that comes twice counts once, and the order "
    "of rows changes nothing at the end. A degraded stream stays so until the evidence of all its windows falls below 1 "
    "(log_e below 0). Rows that cannot be read are named on stderr and answered with what was known; the exit code is 1 "
    "then."
)


def add_tools(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``score`` and ``forecast``; either ends with 1 when rows could not be read and with 2 when nothing could be done."""
    scoring = _add(commands, "score", "one anomaly score in [0, 1] a row; 0.5 and more is worth an alarm", SCORE_EXAMPLES)
    scoring.add_argument("--explain", action="store_true", help="lines of JSON with the expected range and the incident")
    scoring.add_argument(
        "--half-life",
        type=duration,
        default=BY_STEPS,
        metavar="10m",
        help="the level forgets half in so long (s, m, h, d; default: in 231 rows)",
    )
    scoring.set_defaults(run=lambda asked: _guarded(lambda pipes: score(_wish(asked), pipes, asked.half_life)))
    tool = _add(
        commands, "forecast", "probability of a breach within the horizon, and seconds to it (p10,p50,p90) a row", FORECAST_EXAMPLES
    )
    side = tool.add_mutually_exclusive_group()
    side.add_argument("--above", type=float, metavar="X", help="the bound is passed upwards")
    side.add_argument("--below", type=float, metavar="X", help="the bound is passed downwards")
    tool.add_argument("--within", type=duration, default=600.0, metavar="10m", help="the horizon (s, m, h, d; default 10m)")
    shape = tool.add_mutually_exclusive_group()
    shape.add_argument("--probability-only", action="store_true", help="write the probability alone")
    shape.add_argument("--explain", action="store_true", help="lines of JSON with quantiles, bound and direction")
    tool.set_defaults(run=lambda asked: _guarded(lambda pipes: _forecast(asked, pipes)))
    _add_compare(commands)


def _add_compare(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``compare``, which ends with the same codes."""
    tool = commands.add_parser(
        "compare",
        help="was it the rollout? a verdict on the candidate against its control, a window a line",
        description=_COMPARE,
        epilog=COMPARE_EXAMPLES,
        formatter_class=_Formatter,
    )
    tool.add_argument("file", nargs="?", metavar="FILE", help="CSV; standard input if left out or -")
    tool.add_argument(
        "--alpha", type=share, default=0.01, metavar="A", help="the budget: at most this share of healthy rollouts (default 0.01)"
    )
    tool.add_argument(
        "--margin", type=margin, default=0.0, metavar="M", help="worse by this share of the control's rate is allowed (default 0)"
    )
    tool.add_argument(
        "--relevant",
        type=margin,
        default=0.5,
        metavar="R",
        help="healthy is shown to be worse by less (default 0.5; with a margin, that)",
    )
    tool.add_argument("--kind", choices=("errors", "mean", "histogram"), default="errors", help="what a row holds (default errors)")
    tool.add_argument(
        "--worse", choices=("more", "less"), default="more", help="for --kind mean: which direction is worse (default more)"
    )
    tool.add_argument("--explain", action="store_true", help="lines of JSON with counts, noise and what could have been seen")
    tool.add_argument("--strict", action="store_true", help="stop at the first row that cannot be read")
    tool.set_defaults(run=lambda asked: _guarded(lambda pipes: _compare(asked, pipes)))


def _compare(asked: argparse.Namespace, pipes: Pipes) -> int:
    from rollguard_detector.core.comparison.course import Budget  # noqa: PLC0415  # the other tools do not need it
    from rollguard_detector.plain.comparing import Question  # noqa: PLC0415  # as above

    budget = Budget(asked.alpha, asked.margin, asked.relevant)
    question = Question(budget, asked.kind, less_is_worse=asked.worse == "less", explain=asked.explain)
    return compare(asked.file, pipes, question, strict=asked.strict)


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
