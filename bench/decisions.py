"""
Is a healthy canary left alone, is a bad one caught, and how soon: rollguard's verdicts and those of the tools in use.

    make -s bench NAME=decisions ARGS="[--quick] [--seed SEED] [--alpha A]"

Everybody decides on the same drawn windows, one a minute for an hour. Rivals run as documented (a bound of 1 %), and tuned by an
oracle that knows the cell's healthy runs, to at most alpha false rollbacks. A median counts a canary that is never caught as
infinite.
"""

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from math import inf

import numpy as np
from numpy.typing import NDArray
from scoring.canaries import MINUTES, Cell, Drawn, draw
from scoring.canary_cells import NOISY
from scoring.canary_own import decide, rollbacks
from scoring.canary_rivals import (
    DOCUMENTED_BOUND,
    counting,
    kayenta,
    kayenta_shifts,
    m_of_n,
    rates,
    tuned_counting,
    tuned_m_of_n,
)
from scoring.canary_shares import Caught, caught, share_of
from scoring.latencies import draw_windows
from scoring.one_line import print_line

from rollguard_detector.core.comparison.course import Budget
from rollguard_detector.core.comparison.frozen import FrozenRate
from rollguard_detector.core.comparison.guard import Guard, alarms_at
from rollguard_detector.core.comparison.histogram_course import HistogramCourse
from rollguard_detector.core.comparison.window import Window

HEALTHY = {
    "2_a_second_0.2%": Cell(2, 0.002),
    "2_a_second_0.5%": Cell(2),
    "20_a_second_0.2%": Cell(20, 0.002),
    "20_a_second_0.5%": Cell(20),
    "200_a_second_0.5%": Cell(200),
    "200_a_second_5%": Cell(200, 0.05),
    "2000_a_second_0.9%": Cell(2000, 0.009),
    "200_split_5%": Cell(200, split=0.05),
    "200_split_50%": Cell(200, split=0.5),
    "20_ramp": Cell(20, split="ramp"),
    "200_ramp": Cell(200, split="ramp"),
    "2_empty_30%": Cell(2, empty_share=0.3),
    "20_empty_30%": Cell(20, empty_share=0.3),
    "2_both_x5": Cell(2, incident=5),
    "20_both_x5": Cell(20, incident=5),
    "20_both_x10": Cell(20, incident=10),
    "200_both_x5": Cell(200, 0.002, incident=5),
    "200_both_x10": Cell(200, 0.002, incident=10),
    "20_both_double": Cell(20, doubles=True),
    "200_both_double": Cell(200, doubles=True),
    "200_shared_noise_0.5": Cell(200, shared_variance=0.5),
}
BAD = {
    "2_x5": Cell(2, effect=5),
    "2_x10": Cell(2, effect=10),
    "20_x2": Cell(20, effect=2),
    "20_x3": Cell(20, effect=3),
    "20_x5": Cell(20, effect=5),
    "20_x10": Cell(20, effect=10),
    "200_x1.5": Cell(200, effect=1.5),
    "200_x2": Cell(200, effect=2),
    "200_x5": Cell(200, effect=5),
    "2000_x1.25": Cell(2000, effect=1.25),
    "200_x2_from_minute_30": Cell(200, effect=2, onset_minute=30),
    "200_x2_arm_noise_0.2": Cell(200, effect=2, arm_variance=0.2),
    "200_x2_both_double": Cell(200, effect=2, doubles=True),
}
FALSE_ALARM_WINDOWS = 10_000.0
PROMOTED = Cell(200)


def documented(drawn: Drawn, kayenta_runs: int) -> dict[str, NDArray[np.int64]]:
    """Return when each rival rolls back, as its documentation has it."""
    measured = rates(drawn)
    return {
        "argo_failure_limit_0": counting(measured, DOCUMENTED_BOUND, 1),
        "argo_failure_limit_3": counting(measured, DOCUMENTED_BOUND, 4),
        "flagger_threshold_5": counting(measured, DOCUMENTED_BOUND, 5),
        "alarm_3_of_5": m_of_n(measured, DOCUMENTED_BOUND),
        "kayenta_like": kayenta(kayenta_shifts(drawn, kayenta_runs)),
    }


def tuned(drawn: Drawn, healthy: Drawn, budget: float, kayenta_runs: int) -> dict[str, NDArray[np.int64]]:
    """Return the same with the bound (Kayenta: the tolerance) that is best for at most the budget on healthy runs."""
    measured, reference = rates(drawn), rates(healthy)
    limits = {"argo_failure_limit_0": 1, "argo_failure_limit_3": 4, "flagger_threshold_5": 5}
    found = {name: counting(measured, tuned_counting(reference, count, budget), count) for name, count in limits.items()}
    tolerance = float(np.quantile(kayenta_shifts(healthy, kayenta_runs).max(axis=1), 1.0 - budget, method="higher"))
    found["alarm_3_of_5"] = m_of_n(measured, tuned_m_of_n(reference, budget))
    found["kayenta_like"] = kayenta(kayenta_shifts(drawn, kayenta_runs), tolerance)
    return found


def ratio_to_best(own: Caught, rivals: Mapping[str, Caught]) -> float | None:
    """Return our median over that of the fastest tuned threshold; None where none catches half."""
    able = [one.median_minute for name, one in rivals.items() if name != "kayenta_like" and one.median_minute]
    return own.median_minute / min(able) if able and own.median_minute else None


def healthy_outcome(cell: Cell, runs: int, kayenta_runs: int, seed: list[int], budget: Budget) -> dict[str, object]:
    """Return everybody's false rollbacks in a cell."""
    drawn = draw(cell, runs, seed)
    rivals = {name: share_of(minutes) for name, minutes in documented(drawn, kayenta_runs).items()}
    result: dict[str, object] = {"rollguard": share_of(rollbacks(drawn, budget)), "documented": rivals}
    if cell.incident > 1.0:
        labels = Counter(decide(drawn.rows(run), budget, to_the_end=True).attribution for run in range(min(runs, 2000)))
        result["labelled_global"] = labels["global"] / min(runs, 2000)
    if cell.doubles:  # what an oracle tuned before the base rate moved
        before = draw(replace(cell, doubles=False), runs, [*seed, 1])
        result["tuned_before"] = {name: share_of(found) for name, found in tuned(drawn, before, budget.alpha, kayenta_runs).items()}
    return result


def bad_outcome(cell: Cell, runs: int, kayenta_runs: int, seed: list[int], budget: Budget) -> dict[str, object]:
    """Return how soon everybody catches a cell's fault, rivals tuned on its healthy runs."""
    drawn = draw(cell, runs, seed)
    healthy = draw(replace(cell, effect=1.0, doubles=False), max(runs, 2000), [*seed, 1])
    rivals = {name: caught(found) for name, found in tuned(drawn, healthy, budget.alpha, kayenta_runs).items()}
    own = caught(np.array([decide(drawn.rows(run), budget).rollback_minute for run in range(runs)]))
    plain = {
        name: caught(found) for name, found in documented(drawn, 0 if not kayenta_runs else 1).items() if name != "kayenta_like"
    }
    return {"rollguard": own, "tuned": rivals, "documented": plain, "ratio_to_best_tuned_threshold": ratio_to_best(own, rivals)}


def latency_outcome(scale: float, runs: int, seed: int, budget: Budget) -> Caught:
    """Return how soon a latency that is longer by a factor is caught, with 2 requests a second in the candidate."""
    found = []
    for run in range(runs):
        course, minute = HistogramCourse(budget), 0
        for at, window in enumerate(draw_windows(np.random.default_rng((seed, run)), 20.0, scale, MINUTES), start=1):
            course.learn(window)
            if course.is_degraded:
                minute = at
                break
        found.append(minute)
    return caught(np.array(found))


def guard_outcome(runs: int, seed: int) -> dict[str, object]:
    """Return windows to a false alarm after promotion, with and without a hold-back, and those it takes to catch a doubled rate."""
    healthy = draw(PROMOTED, runs, [seed, 0])
    held_back, alone = Guard(), Guard()
    alarms = {"with_hold_back": 0, "alone": 0}
    for run in range(runs):
        rows = healthy.rows(run)
        baseline = FrozenRate(sum(row[0] for row in rows), sum(row[1] for row in rows))
        alone.restart()  # each run has a baseline of its own
        for row in rows:
            alarms["with_hold_back"] += _alarmed(held_back, held_back.watch(Window(*row)))
        for row in healthy.rows((run + 1) % runs):
            alarms["alone"] += _alarmed(alone, alone.watch_alone(baseline, row[0], row[1]))
    windows = runs * MINUTES
    return {
        "windows_to_a_false_alarm": {name: windows / max(count, 1) for name, count in alarms.items()},
        "alarms": alarms,
        "windows_watched": windows,
        "median_windows_to_catch_x2": _guard_delay(min(runs, 1000), seed),
    }


def _alarmed(guard: Guard, value: float) -> bool:
    if value < alarms_at(FALSE_ALARM_WINDOWS):
        return False
    guard.restart()
    return True


def _guard_delay(runs: int, seed: int) -> float:
    drawn, delays = draw(replace(PROMOTED, effect=2.0, onset_minute=30), runs, [seed, 1]), []
    for run in range(runs):
        guard, delay = Guard(), inf
        for minute, row in enumerate(drawn.rows(run)):
            if _alarmed(guard, guard.watch(Window(*row))) and minute >= 30:
                delay = minute - 29.0
                break
        delays.append(delay)
    return float(np.median(delays))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/decisions.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alpha", type=float, default=0.01, help="the budget of false rollbacks (default 0.01)")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the runs")
    parser.add_argument("--only", metavar="WORD", default="", help="the cells whose names hold it")
    return parser.parse_args()


def main() -> None:
    """Measure, and print one JSON line."""
    asked = _arguments()
    part = 20 if asked.quick else 1
    healthy_runs, bad_runs, kayenta_runs = 10_000 // part, 2000 // part, 200 // part
    budget = Budget(alpha=asked.alpha)
    result: dict[str, object] = {"bench": "decisions", "seed": asked.seed, "alpha": asked.alpha}
    result |= {"healthy_runs": healthy_runs, "bad_runs": bad_runs, "kayenta_runs": kayenta_runs}
    for name, cells in (("healthy", HEALTHY), ("healthy_with_arm_noise", NOISY)):
        result[name] = {
            cell: healthy_outcome(one, healthy_runs, kayenta_runs, [asked.seed, place], budget)
            for place, (cell, one) in enumerate(cells.items())
            if asked.only in cell
        }
    result["bad"] = {
        cell: bad_outcome(one, bad_runs, kayenta_runs, [asked.seed, 1000 + place], budget)
        for place, (cell, one) in enumerate(BAD.items())
        if asked.only in cell
    }
    if not asked.only:
        result["latency_at_2_a_second"] = {
            f"x{scale:g}": latency_outcome(scale, 400 // part, asked.seed, budget) for scale in (1, 1.1, 1.2, 1.5)
        }
        result["after_promotion"] = guard_outcome(10_000 // part, asked.seed)
    print_line(result)


if __name__ == "__main__":
    main()
