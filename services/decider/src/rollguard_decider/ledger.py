"""
``rollguard-decider ledger``: a tape of what was heard in, what is known of a workload's revisions out, as one JSON document.

The decider's own fold answers, so that what a person reads is what the next decision will go by.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from rollguard_decider.core.evolve import evolve
from rollguard_decider.core.last_good import KnownGood, bad_revisions, known_good, last_good_revision
from rollguard_decider.core.quarantine import Quarantined, in_force
from rollguard_decider.core.state import WorkloadState
from rollguard_runtime.tape import read_tape
from rollguard_schemas import codec
from rollguard_schemas.policy_guards import Guards
from rollguard_schemas.topics import POLICIES

EXIT_UNREAD, EXIT_FAILED = 1, 2


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one workload: where a rollback from what serves now would go, and why."""

    workload: str
    serving: str | None
    would_return_to: KnownGood | None
    known_good: tuple[KnownGood, ...]
    bad: tuple[str, ...]
    quarantine: tuple[Quarantined, ...]


def ledger_of(state: WorkloadState, guards: Guards, now: float) -> Ledger:
    """Return the ledger as it stands at a time."""
    serving = state.current_revision
    return Ledger(
        workload=state.workload,
        serving=serving,
        would_return_to=last_good_revision(state, serving, guards, now) if serving else None,
        known_good=tuple(known_good(state, guards, now)),
        bad=tuple(sorted(bad_revisions(state, now))),
        quarantine=in_force(state.quarantine, now),
    )


def ledger(asked: argparse.Namespace) -> int:
    """Run the command; 1 where lines could not be read, 2 where nothing could be done."""
    complaints: list[str] = []
    try:
        found = [codec.decode_value(POLICIES, line) for line in Path(asked.policies).read_bytes().splitlines() if line.strip()]
    except (OSError, codec.Malformed) as error:
        print(f"rollguard-decider: {asked.policies} cannot be read: {error}", file=sys.stderr)
        return EXIT_FAILED
    guards = next((policy.spec.guards for policy in found if policy.workload == asked.workload), Guards())
    state = WorkloadState(workload=asked.workload)
    for taped in read_tape(sys.stdin.buffer, complaints.append):
        state = _heard(state, taped.event, taped.at_unix_seconds)
    print(msgspec.json.encode(ledger_of(state, guards, asked.now)).decode())
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return EXIT_UNREAD if complaints else 0


def _heard(state: WorkloadState, event: Any, at_unix_seconds: float) -> WorkloadState:
    return evolve(state, event, at_unix_seconds) if event.workload == state.workload else state
