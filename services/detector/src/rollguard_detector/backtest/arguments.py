"""
What ``rollguard-detector replay`` is told on the command line; what it needs to run is imported when it runs.
"""

import argparse
from math import inf
from typing import Any

_DESCRIPTION = (
    "Reads a recorded past: JSON lines of own events (points, batches, rollouts, orders, outcomes; .jsonl or .jsonl.gz), CSV or "
    "Parquet of points, or the topics. Writes everything but points as it came, and each signal behind the point that led to it, a "
    "JSON line each. Exit code 1: lines could not be read; 2: nothing could be done."
)


def add_replay(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command, without what it needs to run."""
    tool = commands.add_parser(
        "replay",
        help="say what the detector would have said of a recorded past",
        description=_DESCRIPTION,
    )
    tool.add_argument("files", nargs="*", metavar="FILE", help=".jsonl, .jsonl.gz, .csv or .parquet")
    tool.add_argument("--topics", action="store_true", help="read the topics of ROLLGUARD_KAFKA instead of files")
    tool.add_argument("--policies", required=True, metavar="FILE", help="the policies, a line of JSON each")
    tool.add_argument("--since", type=float, default=-inf, metavar="SECONDS", help="leave out telemetry before this Unix time")
    tool.add_argument("--until", type=float, default=inf, metavar="SECONDS", help="leave out all from this Unix time on")
    tool.add_argument("--sham-every", type=float, metavar="SECONDS", help="begin a sham rollout of each workload so often")
    tool.add_argument("--courses", metavar="FILE", help="write the course of the objectives' metrics to this file")
    tool.add_argument("--course-seconds", type=float, default=60.0, metavar="SECONDS", help="how wide a stretch of it is")
    tool.add_argument("--progress", action="store_true", help="say on standard error how far it is, a JSON line at a time")
    tool.set_defaults(run=_replay)


def _replay(asked: argparse.Namespace) -> int:
    from rollguard_detector.backtest.command import replay  # noqa: PLC0415  # heavy, and not needed for --help

    return replay(asked)
