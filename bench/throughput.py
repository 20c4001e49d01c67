"""
How many points a second pass through the whole detector, as a ratio to a bare consumer that only polls the same topic.

    make -s bench NAME=throughput ARGS="[--points N] [--series N ...] [--rounds N] [--broker kafka|embedded]"

The detector runs as in the service: poll, decode, map, score, forecast with one objective a workload, publish, commit; one process.
The bare consumer is ``aiokafka``'s ``getmany`` in this same process, before and after. Points are own JSON of 150 bytes without
headers. ``ratio_to_drain`` is the median of the rounds by the clock, series that are new at the start included;
``..._once_known`` leaves out the first round of points, in which every series is new, and ``cpu_ratio_to_drain`` compares
processor time, which neighbours on the machine disturb less. ``--points 2000000`` runs it whole.
"""

import argparse
import asyncio
import statistics
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

FLOOR, GOAL = 0.45, 0.60


async def measured(bootstrap: str, series: int, points: int, rounds: int) -> dict[str, object]:
    """Return the figures of one number of series."""
    topic = f"points-{series}"
    value_bytes = await fill(bootstrap, topic, messages(series, points))
    whole, known, cpu, rates, cost = [], [], [], [], []
    before = await drained(bootstrap, topic, points, f"{topic}-bare")
    for number in range(rounds):
        async with Detecting(bootstrap, topic, f"{topic}-{number}", series=series) as detecting:
            first, rest = await detecting.take(series), await detecting.take(points)
        after = await drained(bootstrap, topic, points, f"{topic}-bare-{number}")
        bare = Pace(points, (before.seconds + after.seconds) / 2, (before.cpu_seconds + after.cpu_seconds) / 2)
        took = Pace(points, first.seconds + rest.seconds, first.cpu_seconds + rest.cpu_seconds)
        whole.append(took.a_second / bare.a_second)
        known.append(rest.a_second / bare.a_second)
        cpu.append(took.a_cpu_second / bare.a_cpu_second)
        rates.append((took.a_second, bare.a_second))
        cost.append((rest.cpu_seconds / rest.points, bare.cpu_seconds / points))
        before = after
    detector, drain = (statistics.median(of) for of in zip(*rates, strict=True))
    detector_cost, drain_cost = (statistics.median(of) * 1e6 for of in zip(*cost, strict=True))
    return {
        "series": series,
        "value_bytes": value_bytes,
        "points_per_second": round(detector),
        "drain_points_per_second": round(drain),
        "ratio_to_drain": statistics.median(whole),
        "ratio_to_drain_once_known": statistics.median(known),
        "cpu_us_a_point_once_known": detector_cost,
        "drain_cpu_us_a_point": drain_cost,
        "cpu_ratio_to_drain": statistics.median(cpu),
    }


async def _measure(bootstrap: str, asked: argparse.Namespace) -> list[dict[str, object]]:
    await apply_topics(SharedSettings(kafka=bootstrap), partitions=4, replication=1)
    return [await measured(bootstrap, series, asked.points, asked.rounds) for series in asked.series]


def main() -> None:
    """Start a broker, measure, print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/throughput.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--points", type=int, default=600_000, metavar="N")
    parser.add_argument("--series", type=int, nargs="+", default=[1_000, 20_000], metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--broker", choices=broker.BROKER_KINDS, default="kafka")
    asked = parser.parse_args()
    logs.configure("detector", "error")
    with TemporaryDirectory() as folder, broker.start(Path(folder), kind=asked.broker) as running:
        results = asyncio.run(_measure(running.bootstrap, asked))
    ratios = [float(str(one["ratio_to_drain"])) for one in results]
    said = {"points": asked.points, "rounds": asked.rounds, "broker": running.description, "of_series": results}
    print_line({"bench": "throughput", "ratio_to_drain": min(ratios), "floor": FLOOR, "goal": GOAL, **said})


if __name__ == "__main__":
    main()
