"""
Services that choose between two sides by one label (blue and green, primary and light): a revision is the label's value.

A side is only switched to while it has pods that are ready: a selector that selects none takes every request down at once. The
switch is one patch of one label, compared with what was read.
"""

from collections.abc import Callable

from rollguard_actuator.core.ports import (
    MOVES,
    Act,
    Candidate,
    Capabilities,
    Change,
    Lack,
    Mark,
    Move,
    Observation,
    PutClaim,
    Undo,
)
from rollguard_actuator.core.rehearsal import planned
from rollguard_actuator.drivers.kubernetes import owners
from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.claims import mark_moved, moved_by, put_claim, refuse_displaced
from rollguard_actuator.drivers.kubernetes.notes import CLAIM, MOVED, marked_by, read_claim, text_of
from rollguard_actuator.drivers.kubernetes.patch import annotate, escaped
from rollguard_actuator.drivers.kubernetes.permissions import lacking
from rollguard_actuator.drivers.kubernetes.rights import Right
from rollguard_actuator.drivers.kubernetes.stored import Stored, until_no_conflict
from rollguard_runtime.errors import Permanent
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import KubernetesService

RIGHTS = (
    Right(group="", resource="services", verbs=frozenset({"get", "patch"}), folder="services"),
    Right(group="", resource="pods", verbs=frozenset({"list"}), folder="services"),
)
# Source: argo-rollouts writes it on the Services whose selectors it manages.
_BY_ROLLOUTS = "argo-rollouts.argoproj.io/managed-by-rollouts"


class ServiceDriver:
    """Switches a label of a Service's selector."""

    capabilities = Capabilities(driver="kubernetes-service", actions=MOVES)

    def __init__(self, api: Api) -> None:
        self._stored = Stored("v1", "services", api)

    async def observe(self, target: KubernetesService) -> Observation:
        """Read the label's value; a Service that does not exist, or does not select by the label, points nowhere."""
        service = await self._stored.find(target)
        live = None if service is None else _live(service, target)
        if service is None or live is None:
            return Observation(revision=None)
        ready, pods = await self._side(target, service, live)
        return Observation(
            revision=live,
            claim=read_claim(service),
            progress=f"{ready} of {pods} pods are ready",
            refusal=_refusal(service),
            is_converged=ready > 0,
        )

    async def look_up(self, target: KubernetesService, revision: str) -> Candidate:
        """Look for the pods of a side, and whether any of them could answer."""
        service = await self._stored.read(target)
        ready, pods = await self._side(target, service, revision)
        return Candidate(
            revision=revision,
            exists=pods > 0,
            is_ready=ready > 0,
            marked_by=marked_by(service, revision),
            note=f"{ready} of {pods} pods are ready" if pods else "no pod bears the label",
        )

    async def lacks(self, target: KubernetesService, actions: frozenset[str] = MOVES) -> tuple[Lack, ...]:  # noqa: ARG002  # the port's signature
        """Ask the API server."""
        return await lacking(self._stored.api, target.namespace, RIGHTS)

    async def tend(self, target: KubernetesService, is_pending: Callable[[str], bool]) -> Step | None:  # noqa: ARG002  # the port's signature
        """Do nothing: what an owner would put back is refused."""
        return None

    async def rehearse(self, target: KubernetesService, change: Change) -> Step:
        """Have the server do everything but write."""
        service = await self._stored.read(target)
        live = _live(service, target)
        match change:
            case PutClaim(claim=claim):
                operations = annotate(service, {CLAIM: text_of(claim)})
            case Move() if live != change.to_revision:
                operations = await self._judged(target, service, change)
            case _:
                return planned(change, live)
        return planned(change, live, detail=await self._stored.rehearse(target, service, operations))

    async def apply(self, target: KubernetesService, change: Change) -> Step:
        """Make one change."""
        match change:
            case PutClaim(claim=claim):
                return await until_no_conflict(lambda: put_claim(self._stored, target, claim))
            case Move():
                return await until_no_conflict(lambda: self._move(target, change))
            case Mark():
                return await until_no_conflict(lambda: mark_moved(self._stored, target, change))
            case Act() | Undo():
                raise Permanent("a Service has nothing to scale and nothing to restart")

    async def _move(self, target: KubernetesService, move: Move) -> Step:
        service = await self._stored.read(target)
        live = _live(service, target)
        if live == move.to_revision:
            return Step(name="move", status="already-done", before=live, after=live)
        await self._stored.write(target, service, await self._judged(target, service, move))
        after = await self.observe(target)
        if after.revision != move.to_revision:
            raise Permanent(f"set to {move.to_revision}, the selector reads back as {after.revision}: somebody else writes it too")
        return Step(name="move", status="done", before=live, after=after.revision, detail=after.progress or "")

    async def _judged(self, target: KubernetesService, service: Json, move: Move) -> list[Json]:
        """Return what makes the move, or raise what speaks against it now."""
        refuse_displaced(service, _live(service, target), move)
        if (reason := _refusal(service)) is not None:
            raise Permanent(reason)
        ready, pods = await self._side(target, service, move.to_revision)
        if not ready:
            raise Permanent(f"none of the {pods} pods of {move.to_revision} is ready: the switch would leave nobody to answer")
        moved = moved_by(service, move)
        switch = {"op": "replace", "path": f"/spec/selector/{escaped(target.label)}", "value": move.to_revision}
        return [switch, *([] if moved is None else annotate(service, {MOVED: text_of(moved)}))]

    async def _side(self, target: KubernetesService, service: Json, revision: str) -> tuple[int, int]:
        """Return how many pods of a side are ready, and how many there are."""
        selector = {**(service["spec"].get("selector") or {}), target.label: revision}
        wanted = ",".join(f"{name}={text}" for name, text in selector.items())
        pods = await self._stored.api.list(f"/api/v1/namespaces/{target.namespace}/pods", selector=wanted)
        return sum(map(_is_ready, pods)), len(pods)


def _live(service: Json, target: KubernetesService) -> str | None:
    return (service["spec"].get("selector") or {}).get(target.label)


def _is_ready(pod: Json) -> bool:
    """Say whether a pod takes requests; one that is going away does not."""
    conditions = pod.get("status", {}).get("conditions") or ()
    is_ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return is_ready and "deletionTimestamp" not in pod["metadata"]


def _refusal(service: Json) -> str | None:
    """Refuse a selector that another controller writes."""
    if (rollout := (service["metadata"].get("annotations") or {}).get(_BY_ROLLOUTS)) is not None:
        return f"Rollout {rollout} writes this selector: take it back there"
    if (owner := owners.owner_of_field(service, "f:selector")) is not None:
        return f"{owner} writes this selector and would put it back: take it back there"
    return owners.refusal(service, ())
