"""
What one forecast costs: in bulk, one series at a time, and a line of the plain tool in lock step; as ratios to their limits.

    make -s bench NAME=outlook ARGS="[--rows N]"

Seconds are the process's own, so that who shares the machine weighs less; only the lines in lock step are told by the clock.
"""

import argparse
import time

import numpy as np
from scoring.conversation import Conversation
from scoring.one_line import print_line

from rollguard_detector.core.banks.outlook import OutlookBank
from rollguard_detector.core.outlook.forecast import BreachForecaster

LIMIT_MICROSECONDS, LIMIT_BYTES, AIM_LINES_A_SECOND = 0.8, 500, 20_000
COMMAND = ".venv/bin/rollguard-detector forecast --above 1 --within 30m --probability-only"
_ROUNDS, _SAMPLES, _LINES = 60, 5_000, 20_000
_STEP_SECONDS, _HORIZON_SECONDS, _POOLS, _CALL = 15.0, 600.0, 7, 2_500


def in_bulk(rows: int) -> tuple[float, int]:
    """Return microseconds a sample in the median round, asked in calls of at most _CALL rows, and bytes a row."""
    bank, numbers, rng = OutlookBank(), np.arange(rows), np.random.default_rng(0)
    bank.grow(rows)
    bank.open(numbers, np.ones(rows), np.ones(rows, bool), np.full(rows, _HORIZON_SECONDS), numbers % _POOLS)
    level, spent = 0.4 + 0.1 * rng.normal(size=rows), []
    for round_ in range(_ROUNDS):
        at, values = np.full(rows, round_ * _STEP_SECONDS), level + 0.05 * rng.normal(size=rows)
        began = time.process_time()
        bank.settle(float(at[0]))
        for first in range(0, rows, _CALL):
            part = slice(first, first + _CALL)
            bank.forecast_then_learn(numbers[part], at[part], values[part])
        spent.append(time.process_time() - began)
    return float(np.median(spent)) / rows * 1e6, bank.bytes_a_row


def one_at_a_time() -> float:
    """Return microseconds a sample of one series."""
    forecaster = BreachForecaster(1.0, above=True, horizon_seconds=_HORIZON_SECONDS)
    values = (0.4 + 0.1 * np.random.default_rng(0).normal(size=_SAMPLES)).tolist()
    began = time.process_time()
    for sample, value in enumerate(values):
        forecaster.forecast_then_learn(sample * _STEP_SECONDS, value)
    return (time.process_time() - began) / _SAMPLES * 1e6


def lines_a_second() -> float:
    """Return how many lines a second the plain tool answers one by one."""
    values = (0.4 + 0.1 * np.random.default_rng(0).normal(size=_LINES)).tolist()
    with Conversation(COMMAND) as conversation:
        conversation.ask(f"1700000000,{values[0]}\n")
        began = time.perf_counter()
        for line, value in enumerate(values[1:], 1):
            conversation.ask(f"{1_700_000_000 + 60 * line},{value}\n")
        return (_LINES - 1) / (time.perf_counter() - began)


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/outlook.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000, metavar="N", help="series in bulk (default: 10000)")
    asked = parser.parse_args()
    (bulk, size), alone, lines = in_bulk(asked.rows), one_at_a_time(), lines_a_second()
    result = {
        "bench": "outlook",
        "rows": asked.rows,
        "bulk_microseconds_a_sample": round(bulk, 3),
        "bulk_ratio_to_limit": round(bulk / LIMIT_MICROSECONDS, 2),
        "one_series_microseconds_a_sample": round(alone, 1),
        "bulk_ratio_to_one_series": round(bulk / alone, 4),
        "bytes_a_row": size,
        "bytes_ratio_to_limit": round(size / LIMIT_BYTES, 2),
        "lock_step_lines_a_second": round(lines),
        "lock_step_ratio_to_aim": round(lines / AIM_LINES_A_SECOND, 2),
    }
    print_line(result)


if __name__ == "__main__":
    main()
