"""
How many lines a second the plain forecast answers one by one, as ratios to its aim and to a bare Python that echoes.

    make -s bench NAME=lock_step
"""

import statistics
import sys
import time

import numpy as np
from scoring.conversation import Conversation
from scoring.one_line import print_line

AIM_LINES_A_SECOND = 20_000
FORECAST = ".venv/bin/rollguard-detector forecast --above 1 --within 30m"
ECHO = f"{sys.executable} -c 'import sys; [print(0.5, flush=True) for line in iter(sys.stdin.readline, \"\")]'"
_LINES, _ROUNDS = 10_000, 5


def lines_a_second(command: str, lines: list[str]) -> float:
    """Return the rate after the first line, which also waits for the start."""
    with Conversation(command) as conversation:
        conversation.ask(lines[0])
        began = time.perf_counter()
        for line in lines[1:]:
            conversation.ask(line)
        return (len(lines) - 1) / (time.perf_counter() - began)


def main() -> None:
    """Measure the commands in turn, and print one JSON line of medians."""
    values = (0.4 + 0.1 * np.random.default_rng(0).normal(size=_LINES)).tolist()
    lines = [f"{1_700_000_000 + 60 * number},{value}\n" for number, value in enumerate(values)]
    commands = {"forecast": FORECAST, "probability_only": FORECAST + " --probability-only", "echo": ECHO}
    rounds = [{name: lines_a_second(command, lines) for name, command in commands.items()} for _ in range(_ROUNDS)]
    rates = {name: statistics.median(one[name] for one in rounds) for name in commands}
    result = {f"{name}_lines_a_second": round(rate) for name, rate in rates.items()}
    ratios = {"ratio_to_aim": rates["forecast"] / AIM_LINES_A_SECOND, "ratio_to_echo": rates["forecast"] / rates["echo"]}
    print_line({"bench": "lock_step", "lines": _LINES, "rounds": _ROUNDS, **result, **ratios})


if __name__ == "__main__":
    main()
