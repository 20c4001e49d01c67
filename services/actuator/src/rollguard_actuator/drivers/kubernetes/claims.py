"""
The claim and the trace of a move on any object of Kubernetes, written if the object still is what was read.
"""

from rollguard_actuator.core.ports import Claim, Displaced, Mark, Move
from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.notes import CLAIM, MOVED, Moved, read_claim, read_moved, text_of
from rollguard_actuator.drivers.kubernetes.overtaken import refuse_overtaken
from rollguard_actuator.drivers.kubernetes.patch import annotate
from rollguard_actuator.drivers.kubernetes.stored import Named, Stored
from rollguard_schemas.outcomes import Step


async def put_claim(stored: Stored, target: Named, claim: Claim) -> Step:
    """Write a claim, unless a later decision or a later actuator has written its own."""
    thing = await stored.seen(target)
    there = read_claim(thing)
    refuse_overtaken(there, claim.epoch)
    if there is not None and there.fence > claim.fence:
        raise Displaced(f"decision {there.decision_id} with fence {there.fence} holds the claim")
    await stored.write(target, thing, annotate(thing, {CLAIM: text_of(claim)}))
    return Step(name="claim", status="done", detail=f"claimed for {claim.decision_id} with fence {claim.fence}")


async def mark_moved(stored: Stored, target: Named, mark: Mark) -> Step:
    """Write what was moved by whom, if that does not stand there already."""
    thing = await stored.seen(target)
    moved = Moved(decision_id=mark.decision_id, from_revision=mark.suspect_revision, to_revision=mark.restored_revision)
    if read_moved(thing) == moved:
        return Step(name="mark", status="already-done")
    await stored.write(target, thing, annotate(thing, {MOVED: text_of(moved)}))
    return Step(name="mark", status="done", detail=f"{mark.suspect_revision} rolled back, {mark.restored_revision} restored")


def moved_by(thing: Json, move: Move) -> Moved | None:
    """Name the decision behind a move, which is the one whose claim stands."""
    claim = read_claim(thing)
    if claim is None:
        return None
    return Moved(decision_id=claim.decision_id, from_revision=move.from_revision, to_revision=move.to_revision)


def refuse_displaced(thing: Json, live: str | None, move: Move) -> None:
    """Raise what speaks against a move now, although nothing did when it was planned."""
    claim = read_claim(thing)
    refuse_overtaken(claim, move.epoch)
    if live != move.from_revision:
        raise Displaced(f"{live} is live, not {move.from_revision}")
    if claim is not None and claim.revision != move.to_revision:
        raise Displaced(f"decision {claim.decision_id} has claimed it for {claim.revision}")
