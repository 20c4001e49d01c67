"""
How much memory the detector takes with so many series resident, all in all and a series.

    make -s bench NAME=memory ARGS="[--series N] [--rounds N]"

Every series reports some rounds through the handler as the service has it, one objective a workload of ten metrics; then the
resident memory of the process is read from the kernel, interpreter and libraries included. ``models_bytes_a_series`` is what
the models of one series take of it, reserved rows and tracks of objectives apart.
"""

import argparse
import asyncio
import time
from pathlib import Path

from load.points import messages, policies
from scoring.one_line import print_line

from rollguard_detector.core.detector import Detector, Limits
from rollguard_detector.inputs.by_content_type import ByContentType
from rollguard_detector.shell.handler import MetricsHandler
from rollguard_runtime import logs
from rollguard_runtime.bus import Record

GOAL_MEGABYTES = 250
_POLL = 10_000


def resident_megabytes() -> float:
    """Return the resident set of this process in MB, as the kernel counts it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]
    return int(kilobytes) * 1024 / 1e6


async def _feed(handler: MetricsHandler, series: int, points: int) -> None:
    polled: list[Record] = []
    for offset, (key, value, at_ms) in enumerate(messages(series, points)):
        polled.append(Record("points", 0, offset, at_ms, key, value))
        if len(polled) == _POLL or offset == points - 1:
            await handler.handle(handler.read_many(polled).received)
            polled = []


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/memory.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--series", type=int, default=100_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="points a series (default: 3)")
    asked = parser.parse_args()
    logs.configure("detector", "error")
    at_start, began = resident_megabytes(), time.process_time()
    detector = Detector(Limits(max_series=asked.series, max_series_a_workload=asked.series))
    for policy in policies(asked.series):
        detector.take_policy(policy.spec.workload, policy)
    asyncio.run(_feed(MetricsHandler(detector, ByContentType("own-json")), asked.series, asked.rounds * asked.series))
    resident = resident_megabytes()
    print_line(
        {
            "bench": "memory",
            "series": detector.series_count,
            "resident_megabytes": resident,
            "goal_megabytes": GOAL_MEGABYTES,
            "ratio_to_goal": resident / GOAL_MEGABYTES,
            "at_start_megabytes": at_start,
            "bytes_a_series": (resident - at_start) * 1e6 / asked.series,
            "predicted_megabytes": at_start + detector.predicted_bytes / 1e6,
            "models_bytes_a_series": detector.bytes_a_series,
            "cpu_seconds": time.process_time() - began,
        }
    )


if __name__ == "__main__":
    main()
