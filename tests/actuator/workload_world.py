"""
The world of a Kubernetes driver: a workload in a namespace of its own, on the fake API server or on the real control plane.
"""

import asyncio
import copy

import pytest

from controlplane.cluster import until
from rollguard_actuator.drivers.kubernetes.api import Api
from rollguard_actuator.drivers.kubernetes.kinds import WORKLOADS
from rollguard_actuator.drivers.kubernetes.workload import WorkloadDriver
from rollguard_schemas.targets import KubernetesDaemonSet, KubernetesDeployment, KubernetesStatefulSet

KINDS = {"deployment": KubernetesDeployment, "statefulset": KubernetesStatefulSet, "daemonset": KubernetesDaemonSet}
IMAGE = "registry.example.com/fraud"
_REAL = (pytest.mark.real, pytest.mark.controlplane)
WORKLOAD_WORLDS = [
    *(f"fake-kubernetes-{kind}" for kind in KINDS),
    *(pytest.param(f"kubernetes-{kind}", marks=_REAL) for kind in KINDS),
]
SERVICE_WORLDS = ["fake-kubernetes-service", pytest.param("kubernetes-service", marks=_REAL)]
ROLLOUT_WORLDS = ["fake-kubernetes-rollout", pytest.param("kubernetes-rollout", marks=_REAL)]
DEPLOYMENT_WORLDS = [WORKLOAD_WORLDS[0], WORKLOAD_WORLDS[len(KINDS)]]


def workload_world(request, name):
    """Make the world of a name in ``WORKLOAD_WORLDS``."""
    server, _, kind = name.rpartition("-")
    plane = request.getfixturevalue("fake_control_plane" if server.startswith("fake") else "control_plane")
    request.getfixturevalue("real_parts").used_by(plane, request.node.nodeid)
    if kind == "rollout":
        from actuator.rollout_world import RolloutWorld  # noqa: PLC0415  # it is made of this one

        return RolloutWorld(plane)
    if kind == "service":
        from actuator.service_world import ServiceWorld  # noqa: PLC0415  # as above

        return ServiceWorld(plane)
    return WorkloadWorld(plane, KINDS[kind])


class Asked:
    """A world whose driver is asked by plain calls."""

    def observe(self):
        return asyncio.run(self.driver.observe(self.target))

    def look_up(self, revision):
        return asyncio.run(self.driver.look_up(self.target, revision))

    def apply(self, change):
        return asyncio.run(self.driver.apply(self.target, change))


class WorkloadWorld(Asked):
    """A workload in a namespace of its own; it is made when its first revision is registered."""

    def __init__(self, plane, kind):
        self.plane, self.cluster = plane, plane.cluster
        self.namespace = self.cluster.namespace()
        self.target = kind(namespace=self.namespace, name="fraud")
        self.resource = WORKLOADS[kind].resource
        self.driver = self.driver_on(self.cluster.client)
        self._tags, self.spec, self.metadata = {}, {}, {}
        # Pods cost the control plane more than all else does, so there are some only where a test is about them.
        self.replicas = 0

    def driver_on(self, client, timeout_seconds=30):
        return WorkloadDriver(WORKLOADS[type(self.target)], Api(client, timeout_seconds=timeout_seconds))

    @property
    def collection(self):
        return f"/apis/apps/v1/namespaces/{self.namespace}/{self.resource}"

    @property
    def path(self):
        return f"{self.collection}/{self.target.name}"

    def live(self):
        """Return the workload as it is."""
        return self.cluster.get(self.path)

    def image(self):
        return self.live()["spec"]["template"]["spec"]["containers"][0]["image"]

    def register(self, tag=None, *, also=None, **pod):
        """Roll a new template out, ``also`` in the same write, and return the revision that the controller keeps it as."""
        tag = tag or f"v{len(self._tags) + 1}"
        self.push(tag, also=also, **pod)
        revision = until(lambda: self._revision_of(tag))
        self._tags[revision] = (tag, pod)
        return revision

    def point(self, revision):
        """Make a revision live, as a person would."""
        tag, pod = self._tags[revision]
        self.push(tag, **pod)
        until(lambda: self.observe().revision == revision)

    def push(self, tag, *, also=None, **pod):
        """Change the image, and what else is given of the container."""
        spec = {"containers": [{"name": "model", "image": f"{IMAGE}:{tag}", **pod}]}
        if self.cluster.find(self.path) is None:
            self.cluster.create(self.collection, self.manifest(self.target.name, spec))
        else:
            self.cluster.merge(self.path, {**(also or {}), "spec": {"template": {"spec": spec}}})

    def manifest(self, name, pod, **spec):
        labels = {"app": name}
        replicas = {} if self.resource == "daemonsets" else {"replicas": self.replicas}
        service = {"serviceName": name} if self.resource == "statefulsets" else {}
        template = {"metadata": {"labels": labels}, "spec": pod}
        whole = {**replicas, **service, "selector": {"matchLabels": labels}, "template": template, **self.spec, **spec}
        kind = type(self.target).__name__.removeprefix("Kubernetes")
        metadata = {"name": name, **copy.deepcopy(self.metadata)}
        return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": whole}

    def nowhere(self):
        """Return targets that have no revision: one that does not exist, and a Deployment that was paused from the start."""
        if self.resource == "deployments":
            pod = {"containers": [{"name": "model", "image": f"{IMAGE}:v1"}]}
            self.cluster.create(self.collection, self.manifest("paused", pod, paused=True))
        return [type(self.target)(namespace=self.namespace, name=name) for name in ("paused", "there-is-no-such-workload")]

    def _revision_of(self, tag):
        seen = self.observe()
        return seen.revision if seen.artifact == f"{IMAGE}:{tag}" else None
