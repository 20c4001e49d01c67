"""
``rollguard-decider replay``: a tape of what was heard in, what would have been decided out, at full speed.

The core is asked exactly as the desk asks it: one fact at a time, at the time at which it was appended, with the fleet's restraints
laid in. So what is answered here is what the service answers on the same log, byte for byte. Nothing is published anywhere.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from rollguard_decider.core.decide import step
from rollguard_decider.core.evolve import evolve
from rollguard_decider.core.restraints import Restraints, restrain
from rollguard_decider.core.state import WorkloadState
from rollguard_runtime.tape import Taped, read_tape, write_line
from rollguard_schemas import codec
from rollguard_schemas.commands import Command
from rollguard_schemas.decisions import Decision
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.topics import POLICIES

FLEET = "*"
EXIT_UNREAD, EXIT_FAILED = 1, 2

replace = msgspec.structs.replace


class Replay:
    """What is known of every workload, and what was said."""

    def __init__(self, policies: Iterable[RollbackPolicy]) -> None:
        self._policies = {policy.workload: policy for policy in policies}
        self._states: dict[str, WorkloadState] = {}
        self._fleet = Restraints()
        self._answered: set[str] = set()

    def take(self, event: Any, now: float) -> list[Decision]:
        """Hear one event; return what is decided because of it."""
        if event.workload == FLEET:
            self._fleet = restrain(self._fleet, event, now) if isinstance(event, Command) else self._fleet
            return []
        state = self._gather(event.workload)
        if event.id in self._answered:
            return self._keep(evolve(state, event, now), [])
        return self._keep(*step(self._policies.get(event.workload), state, event, now))

    def _keep(self, state: WorkloadState, decisions: list[Decision]) -> list[Decision]:
        self._states[state.workload] = state
        self._answered.update(answered for decision in decisions for answered in decision.signal_ids)
        return decisions

    def _gather(self, workload: str) -> WorkloadState:
        state = self._states.get(workload) or WorkloadState(workload=workload)
        return replace(state, fleet=self._fleet)


def replay(asked: argparse.Namespace) -> int:
    """Run the command; 1 where lines could not be read, 2 where nothing could be done."""
    complaints: list[str] = []
    try:
        lines = Path(asked.policies).read_bytes().splitlines()
        desk = Replay(codec.decode_value(POLICIES, line) for line in lines if line.strip())
    except (OSError, codec.Malformed) as error:
        print(f"rollguard-decider: {asked.policies} cannot be read: {error}", file=sys.stderr)
        return EXIT_FAILED
    sink = sys.stdout.buffer
    for taped in read_tape(sys.stdin.buffer, complaints.append):
        if asked.echo:
            sink.write(write_line(taped))
        for decision in desk.take(taped.event, taped.at_unix_seconds):
            sink.write(write_line(Taped(taped.at_unix_seconds, decision)))
    sink.flush()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return EXIT_UNREAD if complaints else 0
