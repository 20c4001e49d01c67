"""
How many points a second the detector takes, as a ratio to plain programs on faust with river, Quix Streams and Bytewax.

    make -s bench NAME=rivals ARGS="[--points N] [--series N] [--broker kafka|embedded]"

Every rival does less: moments of each series, one threshold, alerts on a topic (``rival_programs/``), each written as its own guide
does. The detector judges, forecasts with one objective a workload, publishes and commits. All read the same topic, one after the
other, one process each, timed from the first point handled to the last; a rival's start is not counted. Each is installed into an
environment of its own, which is thrown away; one that cannot be is named with the reason, and does not count.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from load.points import messages
from load.reading import Detecting, Pace, drained
from load.topic import fill
from scoring.one_line import print_line

from rollguard_console.local import broker
from rollguard_runtime import logs
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics

GOAL = 5.0
TOPIC, ALERTS = "points-rivals", "rival-alerts"
PROGRAMS = Path(__file__).parent / "rival_programs"
_PATIENCE_SECONDS = 600.0
_PACKAGES = {
    "faust and river": ("faust-streaming>=0.11", "river>=0.22"),
    "Quix Streams": ("quixstreams>=3",),
    "Bytewax": ("bytewax[kafka]>=0.21",),
}
_COMMANDS = {
    "faust and river": (str(PROGRAMS / "faust_river.py"), "worker", "--without-web", "-l", "error"),
    "Quix Streams": (str(PROGRAMS / "quix_streams.py"),),
    "Bytewax": ("-m", "bytewax.run", "bytewax_flow:flow"),
}


def run_rival(name: str, bootstrap: str, points: int, folder: Path) -> Pace | str:
    """Run a rival over the topic; return its pace, or why there is none."""
    uv = Path(sys.executable).with_name("uv")
    packages = [word for package in _PACKAGES[name] for word in ("--with", package)]
    command = [uv, "run", "--quiet", "--isolated", "--no-project", "--python", "3.11", *packages, "python", *_COMMANDS[name]]
    environ = {key: text for key, text in os.environ.items() if not key.startswith(("VIRTUAL_ENV", "UV_", "ROLLGUARD_"))} | {
        "RIVAL_BOOTSTRAP": bootstrap,
        "RIVAL_TOPIC": TOPIC,
        "RIVAL_ALERTS": ALERTS,
        "RIVAL_POINTS": str(points),
        "PYTHONPATH": str(PROGRAMS),
    }
    (folder / name).mkdir()  # what it keeps beside the broker is kept there
    runs_in = folder / name
    try:
        done = subprocess.run(
            command, env=environ, cwd=runs_in, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"not through after {_PATIENCE_SECONDS:g} s"
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"points"')]
    return Pace(**json.loads(lines[-1])) if lines else (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:300]


async def _fill(bootstrap: str, series: int, points: int) -> None:
    await apply_topics(SharedSettings(kafka=bootstrap), partitions=4, replication=1)
    await fill(bootstrap, TOPIC, messages(series, points))
    await fill(bootstrap, ALERTS, [(b"none", b"{}", 0)])  # so that the topic is there


async def _detect(bootstrap: str, series: int, points: int) -> Pace:
    async with Detecting(bootstrap, TOPIC, "rival-rollguard", series=series) as detecting:
        return await detecting.take(points)


def _said(pace: Pace | str) -> dict[str, object]:
    if isinstance(pace, str):
        return {"not_measured": pace}
    return {"points_per_second": round(pace.a_second), "points_per_cpu_second": round(pace.a_cpu_second)}


def measured(bootstrap: str, series: int, points: int, folder: Path) -> dict[str, object]:
    """Return the figures of all, the drain among them."""
    asyncio.run(_fill(bootstrap, series, points))
    ours = asyncio.run(_detect(bootstrap, series, points))
    rivals = {name: run_rival(name, bootstrap, points, folder) for name in _COMMANDS}
    drain = asyncio.run(drained(bootstrap, TOPIC, points, "rival-bare"))
    paces = [pace for pace in rivals.values() if isinstance(pace, Pace)]
    return {
        "ratio_to_best_rival": ours.a_second / max(pace.a_second for pace in paces) if paces else None,
        "cpu_ratio_to_best_rival": ours.a_cpu_second / max(pace.a_cpu_second for pace in paces) if paces else None,
        "goal": GOAL,
        "detector": _said(ours),
        "rivals": {name: _said(pace) for name, pace in rivals.items()},
        "bare_drain": _said(drain),
    }


def main() -> None:
    """Start a broker, measure, print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/rivals.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--points", type=int, default=200_000, metavar="N")
    parser.add_argument("--series", type=int, default=1_000, metavar="N")
    parser.add_argument("--broker", choices=broker.BROKER_KINDS, default="kafka")
    asked = parser.parse_args()
    logs.configure("detector", "error")
    with TemporaryDirectory() as folder, broker.start(Path(folder), kind=asked.broker) as running:
        result = measured(running.bootstrap, asked.series, asked.points, Path(folder))
        said = {"points": asked.points, "series": asked.series, "broker": running.description}
    print_line({"bench": "rivals", **result, **said})


if __name__ == "__main__":
    main()
