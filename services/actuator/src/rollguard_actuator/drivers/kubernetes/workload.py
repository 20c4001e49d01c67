"""
The driver of workloads: moves a Deployment, StatefulSet or DaemonSet to the template of a revision that its controller still keeps.

Every write is a compare-and-set on the object that was read, so that nobody's work in between is undone. One that comes too late
is read again, judged again, and written again, a few times. A move is rehearsed first: the server runs admission and validation
and writes nothing. What was written is read back from the server's answer, which holds the object as it is stored.
"""

from collections.abc import Callable, Mapping

from rollguard_actuator.core.ports import (
    MOVES,
    Act,
    Candidate,
    Capabilities,
    Change,
    Displaced,
    Lack,
    Mark,
    Move,
    Observation,
    PutClaim,
    Undo,
)
from rollguard_actuator.core.rehearsal import planned
from rollguard_actuator.drivers.kubernetes import owners
from rollguard_actuator.drivers.kubernetes.acts.acting import Acting, act_rights
from rollguard_actuator.drivers.kubernetes.acts.notes import acted
from rollguard_actuator.drivers.kubernetes.api import Api, Forbidden, Json
from rollguard_actuator.drivers.kubernetes.claims import mark_moved, moved_by, put_claim, refuse_displaced
from rollguard_actuator.drivers.kubernetes.gitops.holder import Holder
from rollguard_actuator.drivers.kubernetes.gitops.locks import LOCKS
from rollguard_actuator.drivers.kubernetes.kind import CHANGE_CAUSE, Kind, Revision
from rollguard_actuator.drivers.kubernetes.notes import CLAIM, MOVED, Moved, marked_by, read_claim, text_of
from rollguard_actuator.drivers.kubernetes.patch import annotate
from rollguard_actuator.drivers.kubernetes.permissions import lacking
from rollguard_actuator.drivers.kubernetes.quarantine import QUARANTINE_RIGHTS, Quarantine, bar_patiently
from rollguard_actuator.drivers.kubernetes.stored import Stored, until_no_conflict
from rollguard_actuator.drivers.kubernetes.template import image_names, images, references, template_of
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import KubernetesWorkload


class WorkloadDriver:
    """Moves workloads of one kind."""

    def __init__(self, kind: Kind, api: Api, *, quarantine: Quarantine | None = None) -> None:
        self._quarantine = quarantine
        self._kind, self._stored = kind, Stored(kind.group_version, kind.resource, api)
        self._holder = Holder(kind, self._stored)
        self._acting = Acting(kind, self._stored)
        self.capabilities = Capabilities(driver=kind.driver, actions=frozenset({*MOVES, *self._acting.actions}))

    async def observe(self, target: KubernetesWorkload) -> Observation:
        """Read the live template's revision; a workload that does not exist, or has no revision yet, points nowhere."""
        workload = await self._stored.find(target)
        if workload is None:
            return Observation(revision=None)
        progress, stable = self._kind.progress(workload), self._kind.abort_returns_to(workload)
        return Observation(
            revision=self._kind.live(workload, await self._stored.revisions(target, self._kind, workload)),
            claim=read_claim(workload),
            artifact=images(template_of(workload)),
            progress=f"{progress.state}: {progress.detail}",
            is_converged=progress.state == "converged",
            acted=acted(workload),
            refusal=self._refusal(target, workload, stable) or await self._holder.objection(target, workload),
            abort_returns_to=stable,
        )

    async def look_up(self, target: KubernetesWorkload, revision: str) -> Candidate:
        """Look for a revision among those that are kept, and for the ConfigMaps and Secrets that its pods need."""
        workload = await self._stored.seen(target)
        kept = (await self._stored.revisions(target, self._kind, workload)).get(revision)
        if kept is None:
            return Candidate(revision=revision, exists=False, note=self._kind.no_such_revision(workload))
        missing, unchecked = await self._missing_references(target, kept)
        return Candidate(
            revision=revision,
            exists=True,
            is_ready=not missing,
            marked_by=marked_by(workload, revision),
            note=_note(("it needs what is gone", missing), ("this account may not see whether these exist", unchecked)),
        )

    async def lacks(self, target: KubernetesWorkload, actions: frozenset[str] = MOVES) -> tuple[Lack, ...]:
        """Ask the API server."""
        rights = (
            *self._kind.rights,
            *act_rights(self._kind, actions),
            *(QUARANTINE_RIGHTS if self._quarantine is not None else ()),
        )
        locks = [await lacking(self._stored.api, LOCKS[owner].namespace, LOCKS[owner].rights) for owner in target.lock]
        return (*await lacking(self._stored.api, target.namespace, rights), *(lack for lacks in locks for lack in lacks))

    async def tend(self, target: KubernetesWorkload, is_pending: Callable[[str], bool]) -> Step | None:
        """Look after a hold."""
        return await until_no_conflict(lambda: self._holder.tend(target, is_pending))

    async def rehearse(self, target: KubernetesWorkload, change: Change) -> Step:
        """Have the server do everything but write."""
        workload = await self._stored.read(target)
        revisions = await self._kind.revisions(self._stored.api, workload)
        before, part = self._kind.live(workload, revisions), ""
        match change:
            case PutClaim(claim=claim):
                operations = annotate(workload, {CLAIM: text_of(claim)})
            case Move() if before != change.to_revision:
                wanted = self._judge(target, workload, before, change, revisions)
                operations, part = self._operations(workload, change, wanted)
            case Act():
                return planned(change, before, detail=await self._acting.rehearse(target, change))
            case _:
                return planned(change, before)
        return planned(change, before, detail=await self._stored.rehearse(target, workload, operations, part=part))

    async def apply(self, target: KubernetesWorkload, change: Change) -> Step:
        """Make one change."""
        match change:
            case PutClaim(claim=claim):
                return await until_no_conflict(lambda: put_claim(self._stored, target, claim))
            case Move():
                await until_no_conflict(lambda: self._holder.begin(target, change))
                return await until_no_conflict(lambda: self._move(target, change))
            case Mark():
                return await until_no_conflict(lambda: mark_moved(self._stored, target, change))
            case Act():
                return await until_no_conflict(lambda: self._acting.make(target, change))
            case Undo():
                return await until_no_conflict(lambda: self._acting.undo(target, change))

    async def _move(self, target: KubernetesWorkload, move: Move) -> Step:
        workload = await self._stored.seen(target)
        revisions = await self._stored.revisions(target, self._kind, workload)
        before = self._kind.live(workload, revisions)
        if before == move.to_revision:
            return Step(name="move", status="already-done", before=before, after=before)
        wanted = self._judge(target, workload, before, move, revisions)
        operations, part = self._operations(workload, move, wanted)
        rehearsed = await self._stored.write(target, workload, operations, part=part, dry_run=True)
        # Labels and managers are in no comparison: an owner that came since the workload was read shows in the rehearsal.
        if not part and (reason := self._refusal(target, rehearsed, None)) is not None:
            raise Permanent(reason)
        barred = await self._bar(target, workload, move)
        written = await self._stored.write(target, workload, operations, part=part)
        after = self._kind.live(written, revisions)
        if after != move.to_revision:
            raise Permanent(f"set to {move.to_revision}, the server made {after} of it: an admission webhook writes it too")
        progress = self._kind.progress(written)
        detail = "; ".join(filter(None, (f"{progress.state}: {progress.detail}", barred)))
        return Step(name="move", status="done", before=before, after=after, detail=detail)

    def _operations(self, workload: Json, move: Move, wanted: Revision) -> tuple[list[Json], str]:
        """Return what makes a move, and which part of the object is written: its status where the rollout can be aborted."""
        if self._kind.abort_returns_to(workload) == move.to_revision:
            return [{"op": "add", "path": "/status/abort", "value": True}], "/status"
        if move.only_in_flight:
            raise Displaced(f"{move.from_revision} was promoted meanwhile, and is only to be taken back in flight")
        return [*_operations(workload, wanted, moved_by(workload, move)), *self._kind.freeing(workload)], ""

    async def _bar(self, target: KubernetesWorkload, workload: Json, move: Move) -> str:
        """Keep the suspect from being rolled out again; a quarantine that cannot be written must not keep it live."""
        if self._quarantine is None or not move.bars:
            return ""
        moved, names = moved_by(workload, move), image_names(template_of(workload))
        owner = "rollguard" if moved is None else f"rollguard, decision {moved.decision_id}"
        reason = f"revision {move.from_revision} of {self._kind.resource}/{target.name} was taken back to {move.to_revision}"
        try:
            until = await bar_patiently(self._quarantine, target.namespace, names, owner=owner, reason=reason)
        except (Temporary, Permanent) as error:
            return f"not quarantined: {error}"
        return "" if until is None else f"quarantined until {until}"

    def _judge(
        self,
        target: KubernetesWorkload,
        workload: Json,
        before: str | None,
        move: Move,
        revisions: Mapping[str, Revision],
    ) -> Revision:
        """Return the revision to write, or raise what speaks against it now; it may have come up since the plan was made."""
        refuse_displaced(workload, before, move)
        wanted = revisions.get(move.to_revision)
        if (reason := self._refusal(target, workload, move.to_revision)) is not None:
            raise Permanent(reason)
        if wanted is None:
            raise Permanent(f"revision {move.to_revision} is not found: {self._kind.no_such_revision(workload)}")
        return wanted

    async def _missing_references(self, target: KubernetesWorkload, kept: Revision) -> tuple[list[str], list[str]]:
        """Return what the revision needs and what is gone, and what could not be seen; the content is never asked for."""
        missing, unchecked = [], []
        for resource, name in sorted(references(kept.template)):
            path = f"/api/v1/namespaces/{target.namespace}/{resource}/{name}"
            try:
                if await self._stored.api.get(path, metadata_only=True) is None:
                    missing.append(f"{resource}/{name}")
            except Forbidden:
                unchecked.append(f"{resource}/{name}")
        return missing, unchecked

    def _refusal(self, target: KubernetesWorkload, workload: Json, to_revision: str | None) -> str | None:
        if to_revision is not None and self._kind.abort_returns_to(workload) == to_revision:
            return None  # an abort leaves the specification alone, which is all that an owner looks at
        return self._kind.refusal(workload, target) or owners.refusal(workload, {*target.despite, *target.lock})


def _operations(workload: Json, wanted: Revision, moved: Moved | None) -> list[Json]:
    """Write the template, and beside it why: the cause comes back with the template, and is not left at the suspect's."""
    texts = {CHANGE_CAUSE: wanted.change_cause, **({} if moved is None else {MOVED: text_of(moved)})}
    return [{"op": "replace", "path": "/spec/template", "value": wanted.template}, *annotate(workload, texts)]


def _note(*found: tuple[str, list[str]]) -> str | None:
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in found if names) or None
