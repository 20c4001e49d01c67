"""
The demo on Kubernetes: a version is rolled out by changing a Deployment, and its pods are the model servers.

The control plane is real and has no nodes, so pods run as processes of this machine. The actuator gets the account and the Role
that are shipped, and no right more; the demo itself acts as the person with kubectl.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from rollguard_console.demo import manifests, scenario
from rollguard_console.demo.target import Step
from rollguard_console.demo.view import View
from rollguard_console.local import control_plane
from rollguard_console.local.children import ChildFailed
from rollguard_console.local.kubernetes_api import KubernetesApi
from rollguard_schemas.targets import KubernetesDeployment

if TYPE_CHECKING:
    from rollguard_console.demo.stage import Stage

_HASH_LABEL, _REVISION = "pod-template-hash", "deployment.kubernetes.io/revision"
_ACCOUNT_NAMESPACE, _ACCOUNT = "rollguard", "rollguard-actuator"
_TOKEN_SECONDS = 3600
_PATIENCE_SECONDS, _PAUSE_SECONDS = 120.0, 0.1
_Found = TypeVar("_Found")


class OnKubernetes:
    """A Deployment."""

    description = "Kubernetes"
    policy_target = KubernetesDeployment(namespace=manifests.NAMESPACE, name=manifests.NAME)

    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout
        self._api: KubernetesApi
        self._kubeconfig: Path
        self._kafka = ""

    def actuator_environment(self) -> Mapping[str, str]:
        """Give the actuator its own account."""
        return {"ROLLGUARD_ACTUATOR_KUBERNETES": "kubeconfig", "KUBECONFIG": str(self._kubeconfig)}

    def set_up(self, stage: "Stage", view: View) -> None:
        """Build and start the control plane, and make the actuator's account."""
        plane = control_plane.start(
            self._checkout, stage.run_dir, service_port=stage.serving_port, selector=f"app={manifests.NAME}", say=view.phase
        )
        if plane.child is not None:
            stage.keep(plane.child)
        self.description, self._kafka = plane.description, stage.broker.bootstrap
        self._api, self._kubeconfig = KubernetesApi.from_kubeconfig(plane.kubeconfig), stage.run_dir / "actuator.kubeconfig"
        view.phase(plane.description)
        self._make_account()

    def steps(self, stage: "Stage") -> Iterator[Step]:
        """Create the Deployment with the first version."""
        self._api.create(manifests.COLLECTION, manifests.deployment(scenario.VERSIONS[0], kafka=self._kafka))
        yield Step("creating the Deployment; its pod starts", stage.is_serving, "the Deployment's pod did not get ready")

    def first_revision(self) -> str:
        """Return the template hash of the Deployment as it was created."""
        return _when(self._newest_hash, "ReplicaSet of the Deployment")

    def promote(self, version: str) -> str:
        """Change the pod template, as ``kubectl set`` would, and return the hash of the new one."""
        before = self._newest_hash()
        self._api.merge(manifests.PATH, {"spec": {"template": manifests.template(version, kafka=self._kafka)}})
        return _when(lambda: None if (after := self._newest_hash()) == before else after, "ReplicaSet of the new version")

    def _newest_hash(self) -> str | None:
        """Return the hash of the newest ReplicaSet, if there is one."""
        sets = self._api.get(manifests.REPLICA_SETS)["items"]
        if not sets:
            return None
        newest = max(sets, key=lambda each: int(each["metadata"].get("annotations", {}).get(_REVISION, 0)))
        return str(newest["metadata"]["labels"][_HASH_LABEL])

    def _make_account(self) -> None:
        """Make the account as the manifests do, and bind the Role that is shipped."""
        for name in (_ACCOUNT_NAMESPACE, manifests.NAMESPACE):
            self._api.create("/api/v1/namespaces", {"metadata": {"name": name}})
        default = f"/api/v1/namespaces/{manifests.NAMESPACE}/serviceaccounts/default"
        _when(lambda: self._api.find(default), "default account")
        accounts = f"/api/v1/namespaces/{_ACCOUNT_NAMESPACE}/serviceaccounts"
        self._api.create(accounts, {"metadata": {"name": _ACCOUNT}})
        self._grant(manifests.NAMESPACE, self._checkout / "k8s/rights/workloads/role.yaml")
        self._grant(_ACCOUNT_NAMESPACE, self._checkout / "k8s/components/kubernetes/lease.yaml")
        request: dict[str, Any] = {"spec": {"expirationSeconds": _TOKEN_SECONDS}}
        token = self._api.create(f"{accounts}/{_ACCOUNT}/token", request)["status"]["token"]
        self._api.write_kubeconfig(self._kubeconfig, token)

    def _grant(self, namespace: str, rights: Path) -> None:
        """Bind a Role that is shipped."""
        for document in yaml.safe_load_all(rights.read_text()):
            plural = f"{document['kind'].lower()}s"
            self._api.create(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/{plural}", document)


def _when(look: Callable[[], _Found | None], what: str) -> _Found:
    """
    Look again and again, with a pause: whoever asks without one takes the processor from the pods that it waits for.

    Raises:

        ChildFailed: where it is not there in time.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while (found := look()) is None:
        if time.monotonic() > until:
            raise ChildFailed(f"the control plane shows no {what} within {_PATIENCE_SECONDS:.0f} s")
        time.sleep(_PAUSE_SECONDS)
    return found
