"""
The world of the driver of Services: a Service in a namespace of its own, and pods on each side that are ready.
"""

from contextlib import suppress

from actuator.workload_world import Asked
from controlplane.cluster import Refused, until
from controlplane.kubelet import status_of
from rollguard_actuator.drivers.kubernetes.api import Api
from rollguard_actuator.drivers.kubernetes.service import ServiceDriver
from rollguard_schemas.targets import KubernetesService


class ServiceWorld(Asked):
    """A Service that selects by the label ``track``; a revision is a side with one pod."""

    def __init__(self, plane):
        self.plane, self.cluster = plane, plane.cluster
        self.namespace = self.cluster.namespace()
        self.target = KubernetesService(namespace=self.namespace, name="fraud", label="track")
        self.driver = self.driver_on(self.cluster.client)
        self._sides = 0

    def driver_on(self, client):
        return ServiceDriver(Api(client, timeout_seconds=30))

    @property
    def path(self):
        return f"/api/v1/namespaces/{self.namespace}/services/fraud"

    def register(self, tag="v1"):
        self._sides += 1
        side = ("blue", "green", "red")[self._sides - 1]
        self.pod(side, tag)
        if self._sides == 1:
            self.service("fraud", {"app": "fraud", "track": side})
        return side

    def service(self, name, selector):
        body = {"metadata": {"name": name}, "spec": {"selector": selector, "ports": [{"port": 80}]}}
        self.cluster.create(f"/api/v1/namespaces/{self.namespace}/services", body)

    def pod(self, side, tag):
        """Make a pod; what the stand-in for the kubelet would say of it is said, if there is none."""
        pods = f"/api/v1/namespaces/{self.namespace}/pods"
        spec = {"containers": [{"name": "model", "image": f"registry.example.com/fraud:{tag}"}]}
        made = {"metadata": {"name": f"fraud-{side}", "labels": {"app": "fraud", "track": side}}, "spec": spec}
        self.cluster.create(pods, made)
        with suppress(Refused):
            self.cluster.merge(f"{pods}/fraud-{side}/status", {"status": status_of(made)})
        until(lambda: self.cluster.get(f"{pods}/fraud-{side}").get("status", {}).get("conditions"))

    def point(self, revision):
        self.cluster.merge(self.path, {"spec": {"selector": {"track": revision}}})

    def nowhere(self):
        self.service("whole", {"app": "fraud"})
        return [KubernetesService(namespace=self.namespace, name=name, label="track") for name in ("whole", "there-is-none")]
