"""
The world of the driver of Argo Rollouts: a Rollout of a minimal definition of our own, and a stand-in for its controller
that keeps a ReplicaSet for each template and writes the status, when it is told to.
"""

import hashlib
import json
from contextlib import suppress

from actuator.gitops import define
from actuator.workload_world import WorkloadWorld
from controlplane.cluster import Refused
from rollguard_schemas.targets import ArgoRollout

LABEL = "rollouts-pod-template-hash"


class RolloutWorld(WorkloadWorld):
    """A Rollout; ``register`` promotes at once, ``begin`` leaves a new template in flight."""

    def __init__(self, plane):
        super().__init__(plane, ArgoRollout)
        define(self.cluster)

    @property
    def collection(self):
        return f"/apis/argoproj.io/v1alpha1/namespaces/{self.namespace}/rollouts"

    @property
    def sets(self):
        return f"/apis/apps/v1/namespaces/{self.namespace}/replicasets"

    def manifest(self, name, pod, **spec):
        return {**super().manifest(name, pod, **spec), "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}

    def push(self, tag, *, also=None, **pod):
        self.begin(tag, also=also, **pod)
        self.promote()

    def begin(self, tag, *, also=None, **pod):
        """Change the template, and let the controller begin to roll it out."""
        super().push(tag, also=also, **pod)
        rollout = self.live()
        current = self._keep(rollout)
        stable = rollout.get("status", {}).get("stableRS", current)
        self.status(currentPodHash=current, stableRS=stable, phase="Progressing", abort=None)
        return current

    def promote(self):
        """Let the controller finish what is in flight."""
        self.status(stableRS=self.live()["status"]["currentPodHash"], phase="Healthy")

    def status(self, **status):
        generation = str(self.live()["metadata"]["generation"])
        self.cluster.merge(f"{self.path}/status", {"status": {"observedGeneration": generation, **status}})

    def _keep(self, rollout):
        template = rollout["spec"]["template"]
        digest = hashlib.sha256(json.dumps(template["spec"], sort_keys=True).encode()).hexdigest()[:10]
        labels = {**template["metadata"]["labels"], LABEL: digest}
        owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "fraud", "controller": True}
        metadata = {"name": f"fraud-{digest}", "labels": labels, "ownerReferences": [{**owner, "uid": rollout["metadata"]["uid"]}]}
        spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": {**template, "metadata": {"labels": labels}}}
        with suppress(Refused):  # it is kept already
            self.cluster.create(self.sets, {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec})
        return digest

    def nowhere(self):
        return [ArgoRollout(namespace=self.namespace, name="there-is-no-such-rollout")]
