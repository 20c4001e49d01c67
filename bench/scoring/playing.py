"""
A world of the tests, played by Hypothesis at length: the settings that every such measurement shares.

Examples are kept in memory alone, so that a run finds what it finds and nothing that an earlier one left behind.
"""

import time
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.stateful import run_state_machine_as_test


def play(machine: Any, *, runs: int, steps: int) -> float:
    """Play so many lives of so many steps at most, and return CPU seconds; a broken law ends in an error with its steps."""
    began = time.process_time()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=InMemoryExampleDatabase(),
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return time.process_time() - began
