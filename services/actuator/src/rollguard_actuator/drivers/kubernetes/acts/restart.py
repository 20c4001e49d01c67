"""
Restarts: the annotation on the template that ``kubectl rollout restart`` writes, so that the controller replaces pod after pod.

The annotation holds the decision's time, so that writing it twice is writing it once. On a Deployment the restarted template is a
revision of its own, as it is after kubectl: the watcher says so, and the decider knows it by its artifact.
"""

from datetime import UTC, datetime

from rollguard_actuator.drivers.kubernetes.acts.notes import RESTARTED, Acted, read_acted
from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.kind import Kind
from rollguard_actuator.drivers.kubernetes.notes import text_of
from rollguard_actuator.drivers.kubernetes.patch import annotate
from rollguard_actuator.drivers.kubernetes.rights import Right
from rollguard_actuator.drivers.kubernetes.stored import Stored
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.decisions import RestartDecided
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import KubernetesWorkload

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


class Restart:
    """Restarts what serves."""

    def rights(self, kind: Kind) -> tuple[Right, ...]:  # noqa: ARG002  # the port's signature
        """Return none besides the workload's own."""
        return ()

    def fits(self, kind: Kind) -> bool:  # noqa: ARG002  # the port's signature
        """Every workload has a template."""
        return True

    async def make(
        self, kind: Kind, stored: Stored, target: KubernetesWorkload, workload: Json, decision: RestartDecided, *, dry_run: bool
    ) -> Step:
        """Write the annotation, and beside it whose it is."""
        note = read_acted(workload, RESTARTED, fence=decision.fence)
        if note is not None and note.decision_id == decision.id:
            return Step(name="restart", status="already-done")
        _refuse(kind, target, workload)
        at = datetime.fromtimestamp(decision.time_unix_seconds, UTC).isoformat(timespec="seconds")
        mine = Acted(decision_id=decision.id, fence=decision.fence)
        operations = [*_restarted_at(workload, at), *annotate(workload, {RESTARTED: text_of(mine)})]
        await stored.write(target, workload, operations, dry_run=dry_run)
        return Step(name="restart", status="done", detail=f"the pods are replaced one after the other, restarted at {at}")

    async def undo(self, stored: Stored, target: KubernetesWorkload, workload: Json, decision_id: str) -> Step:  # noqa: ARG002  # the port's signature
        """Do nothing: there is nothing to put back."""
        return Step(name="restart", status="already-done")


def _refuse(kind: Kind, target: KubernetesWorkload, workload: Json) -> None:
    """Refuse what would reach no pod, and wait for a rollout that is under way: one at a time."""
    if workload["spec"].get("paused"):
        raise Permanent("the workload is paused: a restart would reach no pod")
    if (reason := kind.refusal(workload, target)) is not None:
        raise Permanent(reason)
    if (progress := kind.progress(workload)).state == "converging":
        raise Temporary(f"it is still rolling ({progress.detail}), and is restarted when that is over")


def _restarted_at(workload: Json, at: str) -> list[Json]:
    path = "/spec/template/metadata/annotations"
    there = workload["spec"]["template"].get("metadata", {}).get("annotations")
    first = [] if there is not None else [{"op": "add", "path": path, "value": {}}]
    return [*first, {"op": "add", "path": f"{path}/{RESTARTED_AT.replace('/', '~1')}", "value": at}]
