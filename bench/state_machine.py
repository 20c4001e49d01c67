"""
Plays the world of ``tests/path/rollout_machine.py`` at length: so many lives of two workloads, and no law broken.

    make -s bench NAME=state_machine ARGS="--runs 10000"

Prints how many decisions, moves and ends there were, so that a world in which nothing ever happens would show.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from scoring.one_line import print_line
from scoring.playing import play

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

_AIMED_RUNS = 10_000


def main() -> None:
    """Play, and print one JSON line; a broken law ends the program with the steps that break it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=40)
    asked = parser.parse_args()
    from path.rollout_machine import RolloutMachine  # noqa: PLC0415  # lies beside the tests
    from rollguard_runtime import logs  # noqa: PLC0415  # as above

    logs.configure("bench", "error")
    seen: Counter[str] = Counter()

    class Counted(RolloutMachine):
        """Counts what happened in each life."""

        def teardown(self) -> None:
            """End the life, and count."""
            super().teardown()
            seen["lives"] += 1
            seen["decisions"] += len(self._decisions())
            seen.update(type(one).__name__ for one in self._decisions())
            seen["moves"] += sum(len(target.moves) for target in self.targets.values())
            seen["ends"] += sum(len(target.ends) for target in self.targets.values())

    seconds = play(Counted, runs=asked.runs, steps=asked.steps)
    result = {
        "bench": "state_machine",
        "runs": seen["lives"],
        "ratio_to_aim": round(seen["lives"] / _AIMED_RUNS, 3),
        "steps_at_most": asked.steps,
        "laws_broken": 0,
        "decisions": seen["decisions"],
        "rollbacks": seen["RollbackDecided"],
        "holds": seen["HoldDecided"],
        "moves": seen["moves"],
        "ends": seen["ends"],
        "cpu_seconds": round(seconds, 1),
    }
    print_line(result)


if __name__ == "__main__":
    main()
