"""
Targets: what a driver changes when a rollout is taken back.

A target is a tagged union over ``driver``, so that a policy that names a driver without its fields is refused by name and path.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rollguard_schemas.fields import Name

# MLflow's own rule; "latest" and "v<digits>" are reserved by the registry and would shadow a version.
AliasName = Annotated[str, Meta(pattern=r"^(?!latest$|v\d+$)[\w-]+$", max_length=255)]


class MlflowAlias(msgspec.Struct, frozen=True, kw_only=True, tag_field="driver", tag="mlflow-alias"):
    """An alias of a registered model; its revisions are the model's version numbers."""

    model: Name
    alias: AliasName

    @property
    def phrase(self) -> str:
        """The target in one short phrase for people."""
        return f"mlflow alias {self.model}@{self.alias}"


# Kubernetes' own rule for names that become part of a host name.
ObjectName = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)]
NamespaceName = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)]
Owner = Literal["argo-cd", "flux", "helm", "kustomize"]
Lockable = Literal["argo-cd", "flux"]


class KubernetesWorkload(msgspec.Struct, frozen=True, kw_only=True, tag_field="driver"):
    """
    What the Kubernetes targets share; their revisions are the hashes that the workload's controller writes on each pod.

    ``despite`` lists owners that rollguard may act beside, because whoever wrote the policy knows that they will not undo it.
    ``lock`` lists owners that it is to keep from undoing a rollback, until their desired state no longer holds what was taken back.
    """

    namespace: NamespaceName
    name: ObjectName
    despite: tuple[Owner, ...] = ()
    lock: tuple[Lockable, ...] = ()

    @property
    def phrase(self) -> str:
        """The target in one short phrase for people."""
        return f"{str(self.__struct_config__.tag).replace('-', ' ')} {self.namespace}/{self.name}"


class KubernetesDeployment(KubernetesWorkload, frozen=True, kw_only=True, tag="kubernetes-deployment"):
    """
    A Deployment; its revisions are the values of the pods' label ``pod-template-hash``.

    ``paused`` says what to do about one that is paused: refuse, or take the template back and resume it in the same patch.
    """

    paused: Literal["refuse", "resume"] = "refuse"


class KubernetesStatefulSet(KubernetesWorkload, frozen=True, kw_only=True, tag="kubernetes-statefulset"):
    """A StatefulSet; its revisions are the values of the pods' label ``controller-revision-hash``."""


class KubernetesDaemonSet(KubernetesWorkload, frozen=True, kw_only=True, tag="kubernetes-daemonset"):
    """A DaemonSet; its revisions are the values of the pods' label ``controller-revision-hash``."""


class ArgoRollout(KubernetesWorkload, frozen=True, kw_only=True, tag="argo-rollout"):
    """A Rollout of Argo Rollouts; its revisions are the values of the pods' label ``rollouts-pod-template-hash``."""


class KubernetesService(msgspec.Struct, frozen=True, kw_only=True, tag_field="driver", tag="kubernetes-service"):
    """A Service that chooses between two sides by one label of its selector; its revisions are the values of that label."""

    namespace: NamespaceName
    name: ObjectName
    label: Annotated[str, Meta(min_length=1, max_length=317, description="The label whose value is switched.")]

    @property
    def phrase(self) -> str:
        """The target in one short phrase for people."""
        return f"kubernetes service {self.namespace}/{self.name} by {self.label}"


class Webhook(msgspec.Struct, frozen=True, kw_only=True, tag_field="driver", tag="webhook"):
    """An address of your own that makes the move; ``name`` is what the message calls the thing that is moved."""

    url: Annotated[str, Meta(pattern=r"^https?://", max_length=2048)]
    name: Name

    @property
    def phrase(self) -> str:
        """The target in one short phrase for people."""
        return f"webhook {self.name}"


Target = (
    MlflowAlias | KubernetesDeployment | KubernetesStatefulSet | KubernetesDaemonSet | ArgoRollout | KubernetesService | Webhook
)


def can_abort(target: Target) -> bool:
    """Say whether a rollout of the target can be stopped in flight: elsewhere a change is all there is."""
    return isinstance(target, ArgoRollout)


def can_restart(target: Target) -> bool:
    """Say whether the target has pods that can be started anew."""
    return isinstance(target, KubernetesWorkload)


def can_scale(target: Target) -> bool:
    """Say whether the target has a number of replicas."""
    return can_restart(target) and not isinstance(target, KubernetesDaemonSet)


def driver_of(target: Target) -> str:
    """Name the driver that a target asks for, as its tag does."""
    return str(target.__struct_config__.tag)


def describe(target: Target) -> str:
    """Name a target in one short phrase for people."""
    return target.phrase
