"""
StatefulSets: a revision is a ControllerRevision, named by its name, as its pods bear it.

With the default pod management Kubernetes does not replace a pod that never became ready, not even by an older template: the
template is taken back, and a person deletes the pod. The progress says so, and telemetry then leaves the outcome unverified.
"""

from collections.abc import Mapping

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.controller_revisions import kept, rolls_by_itself
from rollguard_actuator.drivers.kubernetes.kind import Progress, Revision, history_note, unobserved
from rollguard_actuator.drivers.kubernetes.revisions import OfApps
from rollguard_actuator.drivers.kubernetes.rights import workload_rights
from rollguard_schemas.targets import KubernetesWorkload


class StatefulSet(OfApps):
    """The kind StatefulSet."""

    driver, resource = "kubernetes-statefulset", "statefulsets"
    rights = workload_rights("statefulsets", "controllerrevisions")

    async def revisions(self, api: Api, workload: Json) -> Mapping[str, Revision]:
        """Return the templates of its ControllerRevisions."""
        return await kept(api, workload, lambda each: str(each["metadata"]["name"]))

    def refusal(self, workload: Json, target: KubernetesWorkload) -> str | None:  # noqa: ARG002  # the port's signature
        """Refuse where a new template would reach no pod, or only some."""
        if not rolls_by_itself(workload):
            return "the update strategy is OnDelete: its pods would keep the suspect until somebody deletes them"
        if (partition := (workload["spec"]["updateStrategy"].get("rollingUpdate") or {}).get("partition", 0)) > 0:
            return f"the rolling update stops at partition {partition}: the pods below it would not be taken back"
        return None

    def no_such_revision(self, workload: Json) -> str:
        """Say how many ControllerRevisions are kept."""
        return history_note(workload)

    def progress(self, workload: Json) -> Progress:
        """Read the status as ``kubectl rollout status`` does."""
        if (unseen := unobserved(workload)) is not None:
            return unseen
        status, wanted = workload.get("status", {}), workload["spec"].get("replicas", 1)
        updated, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
        is_updated = status.get("updateRevision") == status.get("currentRevision") or updated >= wanted
        is_converged = is_updated and ready >= wanted
        detail = f"{updated} of {wanted} replicas updated, {ready} ready"
        return Progress(state="converged" if is_converged else "converging", detail=detail)
