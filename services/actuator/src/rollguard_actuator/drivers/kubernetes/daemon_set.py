"""
DaemonSets: a revision is a ControllerRevision, named by its hash, as its pods bear it.
"""

from collections.abc import Mapping

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.controller_revisions import kept, rolls_by_itself
from rollguard_actuator.drivers.kubernetes.kind import Progress, Revision, history_note, unobserved
from rollguard_actuator.drivers.kubernetes.revisions import OfApps
from rollguard_actuator.drivers.kubernetes.rights import workload_rights
from rollguard_schemas.targets import KubernetesWorkload

_HASH_LABEL = "controller-revision-hash"


class DaemonSet(OfApps):
    """The kind DaemonSet."""

    driver, resource = "kubernetes-daemonset", "daemonsets"
    rights = workload_rights("daemonsets", "controllerrevisions")

    async def revisions(self, api: Api, workload: Json) -> Mapping[str, Revision]:
        """Return the templates of its ControllerRevisions."""
        return await kept(api, workload, lambda each: str(each["metadata"]["labels"][_HASH_LABEL]))

    def refusal(self, workload: Json, target: KubernetesWorkload) -> str | None:  # noqa: ARG002  # the port's signature
        """Refuse where a new template would reach no pod."""
        if not rolls_by_itself(workload):
            return "the update strategy is OnDelete: its pods would keep the suspect until somebody deletes them"
        return None

    def no_such_revision(self, workload: Json) -> str:
        """Say how many ControllerRevisions are kept."""
        return history_note(workload)

    def progress(self, workload: Json) -> Progress:
        """Read the status as ``kubectl rollout status`` does."""
        if (unseen := unobserved(workload)) is not None:
            return unseen
        status = workload.get("status", {})
        wanted, updated = status.get("desiredNumberScheduled", 0), status.get("updatedNumberScheduled", 0)
        available = status.get("numberAvailable", 0)
        is_converged = updated >= wanted and available >= wanted
        detail = f"{updated} of {wanted} nodes updated, {available} available"
        return Progress(state="converged" if is_converged else "converging", detail=detail)
