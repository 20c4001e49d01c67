"""
``rollguard-decider replay``: a tape of what was heard in, what would have been decided out, at full speed.

The core is asked exactly as the desk asks it: one fact at a time, at the time at which it was appended, with the fleet's restraints
laid in. So what is answered here is what the service answers on the same log, byte for byte. Nothing is published anywhere.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from rollguard_decider.core.decide import step
from rollguard_decider.core.evolve import evolve
from rollguard_decider.core.fleet import Fleet
from rollguard_decider.core.restraints import Restraints, restrain, together
from rollguard_decider.core.situation import Situation
from rollguard_decider.core.state import WorkloadState
from rollguard_decider.core.timers import due_at, expired
from rollguard_runtime.tape import Taped, read_policies, read_tape, write_line
from rollguard_schemas import codec
from rollguard_schemas.commands import Command, reaches_many, scopes_of
from rollguard_schemas.decisions import Decision
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import Signal

EXIT_UNREAD, EXIT_FAILED = 1, 2

replace = msgspec.structs.replace


class Replay:
    """What is known of every workload, and what was said."""

    def __init__(self, policies: Mapping[str, RollbackPolicy]) -> None:
        self._policies = policies
        self._states: dict[str, WorkloadState] = {}
        self._wide: dict[str, Restraints] = {}
        self._around = Fleet()
        self._answered, self._orders = set[str](), set[str]()
        self._timers: list[tuple[float, str]] = []

    def play(self, tape: Iterable[Taped]) -> Iterator[tuple[Taped, list[Decision]]]:
        """
        Take a tape; yield each line with what is decided because of it.

        What was appended in one instant is known to whoever decides in it: the service reads the topics to their ends first.
        """
        for now, together_told in groupby(tape, key=attrgetter("at_unix_seconds")):
            instant = list(together_told)
            for taped in instant:
                if isinstance(taped.event, Signal | Rollout):
                    self._around.learn(taped.event, now)
            for taped in instant:
                yield taped, self.take(taped.event, now)

    def take(self, event: Any, now: float) -> list[Decision]:
        """Hear one event; return what is decided before it, by the time that passed, and because of it."""
        return [*self._passed(now), *self._take(event, now)]

    def _passed(self, now: float) -> list[Decision]:
        """Say what was due by now, the earliest first."""
        said: list[Decision] = []
        while self._timers and self._timers[0][0] < now:
            _, workload = heappop(self._timers)
            state, policy = self._gather(workload, now), self._policies.get(workload)
            for word in expired(Situation(policy=policy, state=state, now=now)):
                state = evolve(state, word, now)
                said += self._keep(state, [word], word.time_unix_seconds)
        return said

    def _take(self, event: Any, now: float) -> list[Decision]:
        if isinstance(event, Command) and not self._is_obeyed(event):
            return []
        if reaches_many(event.workload):
            self._wide[event.workload] = restrain(self._wide.get(event.workload, Restraints()), event, now)
            return []
        self._around.learn(event, now)
        state = self._gather(event.workload, now)
        if event.id in self._answered:
            return self._keep(evolve(state, event, now), [], now)
        policy = self._policies.get(event.workload)
        around = self._around.seen_by(policy, now, workloads=len(self._policies))
        return self._keep(*step(policy, state, event, now, around), now)

    def _is_obeyed(self, command: Command) -> bool:
        """Whether the desk would obey: it refuses what gives no reason, and what was said before."""
        is_new = command.id not in self._orders
        self._orders.add(command.id)
        return is_new and bool(command.why.strip())

    def _keep(self, state: WorkloadState, decisions: list[Decision], now: float) -> list[Decision]:
        self._states[state.workload] = state
        for decision in decisions:
            self._around.learn(decision, now)
            if (due := due_at(self._policies.get(state.workload), decision)) is not None:
                heappush(self._timers, (due, state.workload))
        self._answered.update(answered for decision in decisions for answered in decision.signal_ids)
        return decisions

    def _gather(self, workload: str, now: float) -> WorkloadState:
        state = self._states.get(workload) or WorkloadState(workload=workload)
        fleet, tenant = (self._wide.get(scope, Restraints()) for scope in scopes_of(workload))
        return replace(state, fleet=together(fleet, tenant, now))


def replay(asked: argparse.Namespace) -> int:
    """Run the command; 1 where lines could not be read, 2 where nothing could be done."""
    complaints: list[str] = []
    try:
        desk = Replay(read_policies(asked.policies))
    except (OSError, codec.Malformed) as error:
        print(f"rollguard-decider: {asked.policies} cannot be read: {error}", file=sys.stderr)
        return EXIT_FAILED
    sink = sys.stdout.buffer
    for taped, decisions in desk.play(read_tape(sys.stdin.buffer, complaints.append)):
        if asked.echo:
            sink.write(write_line(taped))
        for decision in decisions:
            sink.write(write_line(Taped(decision.time_unix_seconds, decision)))
    sink.flush()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return EXIT_UNREAD if complaints else 0
