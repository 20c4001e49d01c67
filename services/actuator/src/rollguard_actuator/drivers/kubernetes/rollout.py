"""
Argo Rollouts: a revision is a ReplicaSet, named by its ``rollouts-pod-template-hash``.

A rollout in flight is aborted by its status: traffic goes back to the stable revision at once, and its specification still says
what Git says, so that no GitOps controller has anything to put right. One that was promoted is taken back by its template, as a
Deployment is; its steps and analyses then run again, unless ``spec.rollbackWindow`` covers the revision.
"""

from collections.abc import Mapping

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.kind import Progress, Revision, State, history_note
from rollguard_actuator.drivers.kubernetes.replica_sets import kept
from rollguard_actuator.drivers.kubernetes.revisions import live
from rollguard_actuator.drivers.kubernetes.rights import REFERENCES, Right
from rollguard_actuator.drivers.kubernetes.template import ROLLOUT_HASH_LABEL
from rollguard_schemas.targets import KubernetesWorkload

_STATES: dict[str, State] = {"Healthy": "converged", "Degraded": "stuck"}


class Rollout:
    """The kind Rollout."""

    driver, resource, group_version = "argo-rollout", "rollouts", "argoproj.io/v1alpha1"
    rights: tuple[Right, ...] = (
        Right(group="argoproj.io", resource="rollouts", verbs=frozenset({"get", "patch"}), folder="rollouts"),
        Right(group="argoproj.io", resource="rollouts/status", verbs=frozenset({"patch"}), folder="rollouts"),
        Right(group="apps", resource="replicasets", verbs=frozenset({"list"})),
        *REFERENCES,
    )

    async def revisions(self, api: Api, workload: Json) -> Mapping[str, Revision]:
        """Return the templates of its ReplicaSets."""
        return await kept(api, workload, ROLLOUT_HASH_LABEL)

    def live(self, workload: Json, revisions: Mapping[str, Revision]) -> str | None:
        """
        Name the stable revision once the rollout was aborted, else that of the template.

        The server fills in defaults in a ReplicaSet's template and not in a Rollout's, so the two are equal only where the one was
        copied from the other; else the controller's word counts, once it has seen the latest change.
        """
        status = workload.get("status", {})
        if status.get("abort") and status.get("stableRS"):
            return str(status["stableRS"])
        has_seen = str(status.get("observedGeneration")) == str(workload["metadata"].get("generation"))
        told = str(status["currentPodHash"]) if has_seen and status.get("currentPodHash") in revisions else None
        return (live(workload, revisions) if "template" in workload["spec"] else None) or told

    def abort_returns_to(self, workload: Json) -> str | None:
        """Name the stable revision while another one is being rolled out; a promoted one has nothing to abort."""
        status = workload.get("status", {})
        stable, current = status.get("stableRS"), status.get("currentPodHash")
        is_in_flight = bool(stable) and bool(current) and stable != current and not status.get("abort")
        return str(stable) if is_in_flight else None

    def refusal(self, workload: Json, target: KubernetesWorkload) -> str | None:  # noqa: ARG002  # the port's signature
        """Refuse what has its template elsewhere, once it was promoted, and what a person paused."""
        spec = workload["spec"]
        if self.abort_returns_to(workload) is not None:
            return None
        if (reference := spec.get("workloadRef")) is not None:
            return f"its template lies in {reference['kind']} {reference['name']}, and it was promoted: take it back there"
        return "the Rollout is paused: resume it, or take the change out of it by hand" if spec.get("paused") else None

    def freeing(self, workload: Json) -> list[Json]:  # noqa: ARG002  # the port's signature
        """Return nothing: a paused Rollout is refused."""
        return []

    def no_such_revision(self, workload: Json) -> str:
        """Say how many ReplicaSets are kept."""
        return history_note({"spec": {"revisionHistoryLimit": workload["spec"].get("revisionHistoryLimit", 10)}})

    def progress(self, workload: Json) -> Progress:
        """Read the phase, and warn of an undo that runs all steps again."""
        status = workload.get("status", {})
        phase = str(status.get("phase", "Unknown"))
        texts = [phase, str(status.get("message", ""))]
        if "rollbackWindow" not in workload["spec"] and self.abort_returns_to(workload) is None:
            texts.append("spec.rollbackWindow is not set: an undo runs the steps and analyses again")
        return Progress(state=_STATES.get(phase, "converging"), detail="; ".join(text for text in texts if text))
