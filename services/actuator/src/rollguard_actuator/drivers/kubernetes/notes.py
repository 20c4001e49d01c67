"""
What rollguard writes on a workload, as annotations beside everybody else's: the claim, the move that was made last, and
what is held.

The last move is written in the same patch as the move itself, so no crash can come between them, and whoever comes back later
knows that it was made even where somebody moved the workload on since.
"""

from typing import TypeVar

import msgspec

from rollguard_actuator.core.ports import Claim
from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.gitops.lock import Hold
from rollguard_runtime.errors import Permanent

_Note = TypeVar("_Note", bound=msgspec.Struct)

CLAIM, MOVED, HOLD = "rollguard.dev/claim", "rollguard.dev/moved", "rollguard.dev/hold"


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The last move."""

    decision_id: str
    from_revision: str
    to_revision: str


def read_claim(workload: Json) -> Claim | None:
    """Read our claim; one that somebody edited stops us, since the fence in it is lost."""
    return read_note(workload, CLAIM, Claim)


def read_moved(workload: Json) -> Moved | None:
    """Read our last move."""
    return read_note(workload, MOVED, Moved)


def marked_by(workload: Json, revision: str) -> str | None:
    """Return the decision that restored a revision last, if it was ours."""
    moved = read_moved(workload)
    return moved.decision_id if moved is not None and moved.to_revision == revision else None


def read_hold(workload: Json) -> Hold | None:
    """Read what is held against the owners of the desired state."""
    return read_note(workload, HOLD, Hold)


def text_of(note: msgspec.Struct) -> str:
    """Return what is written into the annotation."""
    return msgspec.json.encode(note).decode()


def read_note(workload: Json, name: str, kind: type[_Note]) -> _Note | None:
    """Read an annotation of ours; one that somebody edited stops us, since what it told is lost."""
    text = (workload["metadata"].get("annotations") or {}).get(name)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Permanent(f"the annotation {name} cannot be read ({error}): delete it to go on") from error
