"""
More replicas, within the policy's bound and the autoscaler's, and put back to what was there before.

What is about to be done is written on the workload first: the scale of a workload takes no note of its own, and after a crash
between the two the number that was there before would be lost.
"""

from rollguard_actuator.drivers.kubernetes.acts.knob import Knob, find_knob, knob_again
from rollguard_actuator.drivers.kubernetes.acts.notes import SCALED, Acted, read_acted
from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.kind import Kind
from rollguard_actuator.drivers.kubernetes.notes import read_note, text_of
from rollguard_actuator.drivers.kubernetes.patch import annotate
from rollguard_actuator.drivers.kubernetes.rights import Right
from rollguard_actuator.drivers.kubernetes.stored import Stored
from rollguard_runtime.errors import Permanent
from rollguard_schemas.decisions import ScaleOutDecided
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import KubernetesWorkload

_FOLDER = "scale"


class ScaleOut:
    """Turns replicas up, and down again to where they were."""

    def rights(self, kind: Kind) -> tuple[Right, ...]:
        """Return the scale's own rights, which those on the workload do not contain, and the autoscalers'."""
        if not self.fits(kind):
            return ()
        group, verbs = kind.group_version.partition("/")[0], frozenset({"get", "patch"})
        scaled = Right(group=group, resource=f"{kind.resource}/scale", verbs=verbs, folder=_FOLDER)
        autoscalers = frozenset({"get", "list", "patch"})
        return (
            scaled,
            Right(group="autoscaling", resource="horizontalpodautoscalers", verbs=autoscalers, folder=_FOLDER),
        )

    def fits(self, kind: Kind) -> bool:
        """A DaemonSet has as many pods as there are nodes."""
        return kind.resource != "daemonsets"

    async def make(
        self, kind: Kind, stored: Stored, target: KubernetesWorkload, workload: Json, decision: ScaleOutDecided, *, dry_run: bool
    ) -> Step:
        """Write what is about to be done, then do it."""
        if not self.fits(kind):
            raise Permanent(f"{kind.resource} have no number of replicas")
        note, path = read_acted(workload, SCALED, fence=decision.fence), stored.path(target)
        if note is not None and note.decision_id == decision.id:
            return await _finish(await knob_again(stored.api, path, target.namespace, note.autoscaler), note)
        knob = await find_knob(stored.api, path, target, workload)
        mine = _begun(knob, decision, note)
        if mine.after == knob.number:
            return Step(name="scale", status="already-done", detail=f"there are {knob.number} already, {_bound(knob, decision)}")
        if dry_run:
            await knob.turn(mine.after, dry_run=True)
        else:
            await stored.write(target, workload, annotate(workload, {SCALED: text_of(mine)}))
            await knob.turn(mine.after)
        return _done(mine, knob.number)

    async def undo(self, stored: Stored, target: KubernetesWorkload, workload: Json, decision_id: str) -> Step:
        """Turn it back if it is as it was left."""
        note = read_note(workload, SCALED, Acted)
        if note is None or note.decision_id != decision_id:
            return Step(name="scale", status="already-done", detail="nothing of this decision is left to put back")
        knob = await knob_again(stored.api, stored.path(target), target.namespace, note.autoscaler)
        found, is_ours = knob.number, knob.number in (note.after, note.before)
        if found == note.after:
            await knob.turn(note.before)
        # Turning the scale is a change of the workload, so it is read again before its note is taken off.
        await stored.write(target, await stored.read(target), annotate(workload, {SCALED: None}))
        detail = "" if is_ours else f"somebody scaled it to {found} since: left as it is"
        after = note.before if is_ours else found
        return Step(name="scale", status="done", before=str(found), after=str(after), detail=detail)


def _begun(knob: Knob, decision: ScaleOutDecided, earlier: Acted | None) -> Acted:
    """Say what is to be done; before it was what was there before the first of our acts that still stands."""
    if knob.number == 0:
        raise Permanent("it is scaled to 0, which somebody wanted: scale it up by hand")
    bounds = [decision.max_replicas, *([knob.most] if knob.most is not None else [])]
    wished = knob.number + decision.by if decision.by is not None else decision.to or 0
    after = max(knob.number, min(wished, *bounds))
    stands = earlier is not None and (earlier.after, earlier.autoscaler) == (knob.number, knob.autoscaler)
    before = earlier.before if earlier is not None and stands else knob.number
    return Acted(
        decision_id=decision.id, fence=decision.fence, found=knob.number, before=before, after=after, autoscaler=knob.autoscaler
    )


async def _finish(knob: Knob, note: Acted) -> Step:
    """Do what was written down and not done; a number that is neither is somebody else's since."""
    if knob.number == note.found:
        await knob.turn(note.after)
        return _done(note, note.found)
    detail = "" if knob.number == note.after else f"somebody scaled it to {knob.number} since: left as it is"
    return Step(name="scale", status="already-done", before=str(note.found), after=str(knob.number), detail=detail)


def _done(note: Acted, before: int) -> Step:
    where = f"the least number of autoscaler {note.autoscaler}" if note.autoscaler else "replicas"
    return Step(name="scale", status="done", before=str(before), after=str(note.after), detail=where)


def _bound(knob: Knob, decision: ScaleOutDecided) -> str:
    return f"at most {decision.max_replicas}" + (f", the autoscaler at most {knob.most}" if knob.most is not None else "")
