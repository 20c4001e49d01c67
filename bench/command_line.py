"""
How long ``rollguard --help`` takes, as a ratio to its limit of half a second and to a bare Python that does nothing.

    make -s bench NAME=command_line
"""

import json
import statistics
import subprocess
import sys
import time

LIMIT_SECONDS = 0.5
ROUNDS = 15


def _seconds(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure the two in turn and print one JSON line."""
    helps, bares = [], []
    for _ in range(ROUNDS):
        helps.append(_seconds(sys.executable, "-m", "rollguard_console", "--help"))
        bares.append(_seconds(sys.executable, "-c", "pass"))
    helped, bare = statistics.median(helps), statistics.median(bares)
    result = {
        "bench": "command_line",
        "rounds": ROUNDS,
        "help_seconds": round(helped, 3),
        "bare_python_seconds": round(bare, 3),
        "ratio_to_bare_python": round(helped / bare, 2),
        "ratio_to_limit": round(helped / LIMIT_SECONDS, 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
