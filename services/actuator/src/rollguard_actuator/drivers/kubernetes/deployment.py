"""
Deployments: a revision is a ReplicaSet, named by its ``pod-template-hash``.

The controller uses the ReplicaSet of an old template again and gives it a new revision number, so the hash is all that stays.
A paused Deployment is refused, since whoever paused it had a reason, unless the policy says otherwise.
"""

from collections.abc import Mapping
from typing import Any

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.kind import Progress, Revision, history_note, unobserved
from rollguard_actuator.drivers.kubernetes.replica_sets import kept
from rollguard_actuator.drivers.kubernetes.revisions import OfApps
from rollguard_actuator.drivers.kubernetes.rights import workload_rights
from rollguard_actuator.drivers.kubernetes.template import HASH_LABEL


class Deployment(OfApps):
    """The kind Deployment."""

    driver, resource = "kubernetes-deployment", "deployments"
    rights = workload_rights("deployments", "replicasets")

    async def revisions(self, api: Api, workload: Json) -> Mapping[str, Revision]:
        """Return the templates of its ReplicaSets; of two with one template the controller uses the older."""
        return await kept(api, workload, HASH_LABEL)

    def refusal(self, workload: Json, target: Any) -> str | None:
        """Refuse what is paused, unless the policy says that it may be resumed with the older template."""
        if workload["spec"].get("paused") and target.paused == "refuse":
            return (
                "the Deployment is paused: resume it, write paused: resume into the policy's target, or take the change out by hand"
            )
        return None

    def freeing(self, workload: Json) -> list[Json]:
        """Resume in the patch that changes the template: resuming it before would roll the suspect further."""
        return [{"op": "replace", "path": "/spec/paused", "value": False}] if workload["spec"].get("paused") else []

    def no_such_revision(self, workload: Json) -> str:
        """Say how many ReplicaSets are kept."""
        return history_note(workload)

    def progress(self, workload: Json) -> Progress:
        """Read the status as ``kubectl rollout status`` does."""
        if (unseen := unobserved(workload)) is not None:
            return unseen
        status, wanted = workload.get("status", {}), workload["spec"].get("replicas", 1)
        for condition in status.get("conditions", ()):
            if condition["type"] == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
                return Progress(state="stuck", detail=condition.get("message", "its progress deadline has passed"))
        updated, total, available = (status.get(name, 0) for name in ("updatedReplicas", "replicas", "availableReplicas"))
        is_converged = updated >= wanted and total <= updated and available >= updated
        detail = f"{updated} of {wanted} replicas updated, {available} available, {total - updated} old ones left"
        return Progress(state="converged" if is_converged else "converging", detail=detail)
