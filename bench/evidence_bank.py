"""
What does the evidence of many series cost in bulk: processor time a sample and bytes a row, over what each may cost.

    make -s bench NAME=evidence_bank ARGS="[--rows N] [--ticks N]"

Processor time of this thread, the median of the ticks after all rows are warm, so that a busy machine changes little. The rival in
the same run is the one-series form.
"""

import argparse
from statistics import median
from time import thread_time

import numpy as np
from scoring.one_line import print_line

from rollguard_detector.core.banks.evidence import EvidenceBank
from rollguard_detector.core.evidence.evidence import Evidence

STEP_SECONDS = 15.0
MOST_MICROSECONDS_A_SAMPLE, MOST_BYTES_A_ROW = 0.8, 600
WARM_TICKS = 140
ALONE_SAMPLES = 3_000


def in_bulk(rows: int, ticks: int) -> tuple[float, int]:
    """Return microseconds a sample and bytes a row."""
    bank, rng = EvidenceBank(), np.random.default_rng(1)
    bank.grow(rows)
    every, spent = np.arange(rows), []
    for tick in range(WARM_TICKS + ticks):
        values, at = rng.normal(size=rows), np.full(rows, STEP_SECONDS * tick)
        begun = thread_time()
        bank.score_then_learn(every, at, values)
        spent.append(thread_time() - begun)
    return median(spent[WARM_TICKS:]) / rows * 1e6, bank.bytes_a_row


def alone() -> float:
    """Return microseconds a sample of the one-series form."""
    evidence, values = Evidence(), np.random.default_rng(1).normal(size=ALONE_SAMPLES).tolist()
    begun = thread_time()
    for at, value in enumerate(values):
        evidence.score_then_learn(STEP_SECONDS * at, value)
    return (thread_time() - begun) / ALONE_SAMPLES * 1e6


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/evidence_bank.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000, metavar="N")
    parser.add_argument("--ticks", type=int, default=60, metavar="N")
    asked = parser.parse_args()
    microseconds, bytes_a_row = in_bulk(asked.rows, asked.ticks)
    result = {
        "bench": "evidence_bank",
        "rows": asked.rows,
        "microseconds_a_sample": microseconds,
        "ratio_to_most_microseconds": microseconds / MOST_MICROSECONDS_A_SAMPLE,
        "bytes_a_row": bytes_a_row,
        "ratio_to_most_bytes": bytes_a_row / MOST_BYTES_A_ROW,
        "times_faster_than_one_by_one": alone() / microseconds,
    }
    print_line(result)


if __name__ == "__main__":
    main()
