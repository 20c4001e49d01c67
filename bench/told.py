"""
Of what use is it to know the noise between the arms before the rollout, by replicas of the control or by the rollout before?

    make -s bench NAME=told ARGS="[--runs N] [--seed SEED] [--only CELL ...]"

The rival is the same core untold, on the same drawn windows. Every run is told by an hour of its own, drawn as it is: of a control
of nine replicas, each as noisy as the candidate, or of a healthy rollout with the same split. A median counts what is never caught
as infinite.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scoring.canaries import Cell, draw
from scoring.canary_cells import NOISY
from scoring.canary_own import Prior, may_be_degraded, rollbacks
from scoring.canary_shares import caught, share_of
from scoring.one_line import print_line
from scoring.told_noise import told_by_history, told_by_replicas

from rollguard_detector.core.comparison.course import Budget

HISTORY = {
    "20": Cell(20),
    "200": Cell(200),
    "200_both_x5": Cell(200, 0.002, incident=5),
    "200_shared_noise_0.5": Cell(200, shared_variance=0.5),
    **NOISY,
}
REPLICAS = {
    "200": Cell(200, control_replicas=9),
    "20_replica_noise_0.2": Cell(20, arm_variance=0.2, control_replicas=9),
    "200_replica_noise_0.2": Cell(200, arm_variance=0.2, control_replicas=9),
    "200_replica_noise_0.5": Cell(200, arm_variance=0.5, control_replicas=9),
    "2000_replica_noise_0.2": Cell(2000, arm_variance=0.2, control_replicas=9),
}
BAD = ("20", "200", "200_arm_noise_0.2", "200_replica_noise_0.2")
EFFECTS = (1.5, 2.0)

Told = dict[int, Prior]
Tell = Callable[[Cell, Sequence[int]], Prior]


def told_of(cell: Cell, runs: Sequence[int], seed: Sequence[int], tell: Tell) -> Told:
    """Return the prior of each run that is asked for."""
    return {run: tell(replace(cell, effect=1.0), (*seed, 7, run)) for run in runs}


def healthy(cell: Cell, runs: int, seed: Sequence[int], tell: Tell) -> dict[str, object]:
    """Return how many healthy canaries are taken back, untold and told."""
    drawn = draw(cell, runs, seed)
    told = told_of(cell, np.flatnonzero(may_be_degraded(drawn, Budget())).tolist(), seed, tell)
    raised = sum(prior[0] < 0.6 for prior in told.values()) / max(len(told), 1)
    untold, known = rollbacks(drawn, Budget()), rollbacks(drawn, Budget(), told)
    return {"untold": share_of(untold), "told": share_of(known), "prior_raised": raised}


def bad(cell: Cell, runs: int, seed: Sequence[int], tell: Tell) -> dict[str, object]:
    """Return how many bad canaries are caught and when, untold and told."""
    drawn = draw(cell, runs, seed)
    told = told_of(cell, range(runs), seed, tell)
    return {"untold": caught(rollbacks(drawn, Budget())), "told": caught(rollbacks(drawn, Budget(), told))}


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000, help="healthy canaries a cell; a tenth as many bad ones")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--only", metavar="CELL", nargs="*", default=(), help="these cells alone")
    asked = parser.parse_args()
    result: dict[str, object] = {"bench": "told", "runs": asked.runs, "seed": asked.seed}
    for name, cells, tell in (("history", HISTORY, told_by_history), ("replicas", REPLICAS, told_by_replicas)):
        result[f"healthy_told_by_{name}"] = {
            cell: healthy(one, asked.runs, (asked.seed, place), tell)
            for place, (cell, one) in enumerate(cells.items())
            if cell in (asked.only or cells)
        }
        result[f"bad_told_by_{name}"] = {
            f"{cell}_x{effect:g}": bad(replace(one, effect=effect), asked.runs // 10, (asked.seed, 100 + place), tell)
            for place, (cell, one) in enumerate(cells.items())
            if cell in BAD and cell in (asked.only or cells)
            for effect in EFFECTS
        }
    print_line(result)


if __name__ == "__main__":
    main()
