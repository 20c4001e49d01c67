"""
What acts write on a workload: which decision did it, and what it found, so that it can be finished and put back.
"""

import msgspec

from rollguard_actuator.core.ports import Displaced
from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.notes import read_note

RESTARTED, SCALED = "rollguard.dev/restarted", "rollguard.dev/scaled"


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """
    Numbers of replicas, of the autoscaler ``autoscaler`` where one has the workload: ``found`` by this act, left by it as
    ``after``, and ``before`` all acts that still stand, which is what is put back.
    """

    decision_id: str
    fence: int
    found: int = 0
    before: int = 0
    after: int = 0
    autoscaler: str = ""


def read_acted(workload: Json, name: str, *, fence: int) -> Acted | None:
    """
    Read what the last act of a kind left.

    Raises:

        Displaced: if a later decision made it.
    """
    note = read_note(workload, name, Acted)
    if note is not None and note.fence > fence:
        raise Displaced(f"decision {note.decision_id} with fence {note.fence} acted after this one was made")
    return note


def acted(workload: Json) -> tuple[str, ...]:
    """Name the decisions whose acts are written on a workload."""
    notes = (read_note(workload, name, Acted) for name in (RESTARTED, SCALED))
    return tuple(note.decision_id for note in notes if note is not None)
