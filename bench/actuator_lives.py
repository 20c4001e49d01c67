"""
Plays the world of ``tests/actuator/lives_machine.py`` at length: so many lives of a Deployment under two actuators, no law broken.

    make -s bench NAME=actuator_lives ARGS="--runs 10000"

Prints what happened in them (moves, faults that struck, turns that changed hands), so that a world in which nothing ever happens
would show.
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
    parser.add_argument("--steps", type=int, default=30)
    asked = parser.parse_args()
    from actuator.lives_machine import Lives  # noqa: PLC0415  # lies beside the tests
    from rollguard_runtime import logs  # noqa: PLC0415  # as above

    logs.configure("bench", "error")
    seen: Counter[str] = Counter()

    class Counted(Lives):
        """Counts what happened in each life."""

        def teardown(self) -> None:
            """End the life, and count."""
            super().teardown()
            seen["lives"] += 1
            seen["processes"] += self.processes
            seen["decisions"] += len(self.decided)
            seen["moves"] += len(self.wire.moves)
            seen.update(f"fault {what}" for what in self.wire.struck)
            seen.update(f"end {kind.__name__}" for kinds in self.answers().values() for kind in kinds)

    seconds = play(Counted, runs=asked.runs, steps=asked.steps)
    lives = seen.pop("lives")
    result = {
        "bench": "actuator_lives",
        "runs": lives,
        "ratio_to_aim": round(lives / _AIMED_RUNS, 3),
        "steps_at_most": asked.steps,
        "laws_broken": 0,
        "seen": dict(sorted(seen.items())),
        "cpu_seconds": round(seconds, 1),
    }
    print_line(result)


if __name__ == "__main__":
    main()
