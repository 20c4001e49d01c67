"""
How fast history is learned: points a second from a CSV file, through reading, sorting and bookkeeping, as a ratio to the models
alone.

    make -s bench NAME=backfill

Both learn the same points in the same run, in turn: once from the file, once from a list in memory by ``Detector.observe``.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from scoring.one_line import print_line

from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.history import Span
from rollguard_detector.history.files import FileHistory
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell.backfill import Backfill
from rollguard_runtime import logs
from rollguard_runtime.liveness import Progress
from rollguard_schemas.metrics import MetricPoint

SERIES, INSTANTS, ROUNDS, STEP_SECONDS = 100, 500, 3, 30.0
SPAN = Span(0.0, INSTANTS * STEP_SECONDS)

POINTS_A_TURN = 2_000  # as the service learns them


def _points() -> list[MetricPoint]:
    return [
        MetricPoint(
            workload=f"shop/w{series % 10}",
            metric=f"m{series}",
            revision="7",
            time_unix_seconds=at * STEP_SECONDS,
            value=float(at % 7),
        )
        for at in range(INSTANTS)
        for series in range(SERIES)
    ]


def _write(path: Path, points: list[MetricPoint]) -> None:
    rows = (f"{one.workload},{one.metric},{one.revision},{one.time_unix_seconds},{one.value}\n" for one in points)
    path.write_text("workload,metric,revision,time,value\n" + "".join(rows))


def _from_file(path: Path) -> float:
    detector = Detector()
    backfill = Backfill(detector, Progress(stalled_after_seconds=60), DetectorSettings())
    began = time.perf_counter()
    asyncio.run(backfill.run([FileHistory(str(path))], SPAN, asyncio.Event()))
    seconds = time.perf_counter() - began
    if detector.series_count != SERIES:
        raise RuntimeError(f"{detector.series_count} series were learned, not {SERIES}")
    return seconds


def _from_memory(points: list[MetricPoint]) -> float:
    detector = Detector()
    began = time.perf_counter()
    for start in range(0, len(points), POINTS_A_TURN):
        detector.observe_many([Arrival(point, point.time_unix_seconds) for point in points[start : start + POINTS_A_TURN]])
    return time.perf_counter() - began


def main() -> None:
    """Measure the two in turn and print one JSON line."""
    logs.configure("bench", "error")
    points = _points()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.csv"
        _write(path, points)
        taken = [(_from_file(path), _from_memory(points)) for _ in range(ROUNDS)]
    learned, alone = (len(points) / statistics.median(seconds) for seconds in zip(*taken, strict=True))
    print_line(
        {
            "bench": "backfill",
            "points": len(points),
            "series": SERIES,
            "rounds": ROUNDS,
            "history_points_per_second": round(learned),
            "models_alone_points_per_second": round(alone),
            "ratio_to_models_alone": learned / alone,
        }
    )


if __name__ == "__main__":
    main()
