"""
What judging the series of a workload together is worth: false alarms where nothing happens, and broken relations found.

    make -s bench NAME=together ARGS="[--seed SEED] [--streams N] [--ticks N]"

A run length is the ticks watched over the alarms raised (over 1 where there was none, and then it is a lower bound). The rival for
broken relations is the built-in evidence of each series alone, at the same stated run length for all of them at once.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scoring.joint import JOINT_FAMILIES, Rows, broken, related
from scoring.one_line import print_line
from scoring.together_core import alarms, found_together, together_tails

RUN_LENGTH, PROBABILITY = 1_000.0, 0.01
WARM_TICKS = 600
BREAK_AT, BROKEN_TICKS, BREAK_RUN_LENGTH = 1_000, 200, 1e5
CHANNELS = (2, 8, 16)


@dataclass(frozen=True, slots=True)
class Quiet:
    """False alarms of one family, and how often a tail of the stated probability comes, as a ratio to it."""

    ticks: int
    alarms: int
    run_length_ratio: float
    tail_ratio: float


@dataclass(frozen=True, slots=True)
class Broken:
    """How many breaks were found within the ticks that were watched, after how many (median), and blamed on the right two."""

    found_share: float
    median_ticks: float
    blamed_share: float
    false_before: int
    alone_found_share: float


def quiet(streams: list[Rows]) -> Quiet:
    """Measure streams of one family."""
    raised = sum(1 for rows in streams for _ in found_together(rows, "together", RUN_LENGTH))
    tails = np.concatenate([list(together_tails(rows))[WARM_TICKS:] for rows in streams])
    ticks = sum(len(rows) for rows in streams)
    return Quiet(ticks, raised, ticks / max(raised, 1) / RUN_LENGTH, float((tails <= PROBABILITY).mean() / PROBABILITY))


def breaks(streams: list[Rows]) -> Broken:
    """Measure streams whose first two channels part."""
    found = [list(found_together(rows, "together", BREAK_RUN_LENGTH)) for rows in streams]
    first = [next((one for one in told if one[0] >= BREAK_AT), None) for told in found]
    delays = [one[0] - BREAK_AT + 1 if one else BROKEN_TICKS for one in first]
    blamed = [one is not None and {part.channel for part in one[1].contributions[:2]} == {"0", "1"} for one in first]
    alone = [any(at >= BREAK_AT for at in _alone(rows)) for rows in streams]
    before = sum(at < BREAK_AT for told in found for at, _ in told)
    return Broken(
        float(np.mean([one is not None for one in first])),
        float(np.median(delays)),
        float(np.mean(blamed)),
        before,
        float(np.mean(alone)),
    )


def _alone(rows: Rows) -> Iterator[int]:
    for column in rows.T:
        yield from (at for at, raised in enumerate(alarms(column.tolist(), BREAK_RUN_LENGTH * rows.shape[1])) if raised)


def microseconds_a_tick(channels: int, seed: int) -> float:
    """Return the processor time of one tick of so many channels."""
    rows = related(np.random.default_rng(seed), 1_000, channels)
    began = time.process_time()
    list(found_together(rows, "together", RUN_LENGTH))
    return (time.process_time() - began) / len(rows) * 1e6


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/together.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--streams", type=int, default=6, metavar="N", help="of each kind (default: 6)")
    parser.add_argument("--ticks", type=int, default=5_000, metavar="N", help="of each quiet stream (default: 5,000)")
    asked = parser.parse_args()
    seeds = [np.random.default_rng((asked.seed, number)) for number in range(asked.streams)]
    cost = {str(channels): microseconds_a_tick(channels, asked.seed) for channels in CHANNELS}
    print_line(
        {
            "bench": "together",
            "seed": asked.seed,
            "stated_run_length": RUN_LENGTH,
            "families": {
                f"{name}_{channels}": quiet([family(rng, asked.ticks, channels) for rng in seeds])
                for name, family in JOINT_FAMILIES.items()
                for channels in (3, 8)
            },
            "broken_relation": {
                str(channels): breaks([broken(rng, BREAK_AT + BROKEN_TICKS, channels, BREAK_AT) for rng in seeds])
                for channels in CHANNELS
            },
            "microseconds_a_tick": cost,
            "ratio_of_16_to_2_channels": cost["16"] / cost["2"],
        }
    )


if __name__ == "__main__":
    main()
