"""
What is said of a change that is not made.
"""

from rollguard_actuator.core.ports import Act, Change, Claim, Displaced, Mark, Move, PutClaim, Undo
from rollguard_schemas.outcomes import Step


def planned(change: Change, live: str | None, *, detail: str = "") -> Step:
    """
    Say what would be done to a target where ``live`` is the revision.

    Raises:

        Displaced: if a move would find something else than it expects.
    """
    match change:
        case PutClaim(claim=Claim(decision_id=decision_id)):
            return Step(name="claim", status="planned", detail=_joined(f"claim the target for {decision_id}", detail))
        case Move(from_revision=expected, to_revision=wanted):
            if live not in (expected, wanted):
                raise Displaced(f"{live} is live, not {expected}")
            return Step(name="move", status="planned", before=live, after=wanted, detail=detail)
        case Mark(suspect_revision=suspect, restored_revision=restored):
            return Step(name="mark", status="planned", detail=f"mark {suspect} as rolled back and {restored} as champion")
        case Act() | Undo():
            return Step(name="act", status="planned", before=live, after=live, detail=detail)


def _joined(*said: str) -> str:
    return "; ".join(text for text in said if text)
