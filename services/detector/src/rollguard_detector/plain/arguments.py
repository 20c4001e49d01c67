"""
What the tools on plain data are told on the command line.
"""

import argparse
import sys
from typing import Any

from rollguard_detector.plain.rows import Objective, read_duration
from rollguard_detector.plain.tools import forecast, score


def add_tools(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``score`` and ``forecast``; either ends with 1 when rows could not be read."""
    told = "one anomaly score in [0, 1] a row; 0.5 and more is worth an alarm"
    scoring = commands.add_parser("score", help=told, description=f"Reads timestamp,value rows on stdin and writes {told}.")
    scoring.set_defaults(run=lambda _: int(score(sys.stdin, sys.stdout, sys.stderr) > 0))
    told = "probability of a breach within the horizon, and seconds to it as quantiles, a row"
    tool = commands.add_parser("forecast", help=told, description=f"Reads timestamp,value rows on stdin and writes the {told}.")
    side = tool.add_mutually_exclusive_group()
    side.add_argument("--above", type=float, metavar="X", help="the bound is passed upwards")
    side.add_argument("--below", type=float, metavar="X", help="the bound is passed downwards")
    tool.add_argument("--within", type=read_duration, default=600.0, metavar="10m", help="the horizon (s, m, h, d)")
    tool.add_argument("--probability-only", action="store_true", help="write the probability alone")
    tool.set_defaults(run=_forecast)


def _forecast(asked: argparse.Namespace) -> int:
    bound = asked.above if asked.above is not None else asked.below
    objective = None if bound is None else Objective(bound, above=asked.above is not None, horizon_seconds=asked.within)
    return int(forecast(sys.stdin, sys.stdout, sys.stderr, objective, probability_only=asked.probability_only) > 0)
