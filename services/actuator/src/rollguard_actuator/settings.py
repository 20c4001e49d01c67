"""
The actuator's settings, read from ``ROLLGUARD_ACTUATOR_*`` by ``rollguard_runtime.settings``.

The mode is ``dry-run`` unless it is said otherwise: who starts the actuator to look at it must not move anything.
"""

from typing import Annotated, Literal

from msgspec import Meta

from rollguard_runtime.settings import ServiceSettings

Mode = Literal["dry-run", "act"]
Kubernetes = Literal["off", "in-cluster", "kubeconfig"]


class ActuatorSettings(ServiceSettings, frozen=True, kw_only=True):
    """What the actuator needs besides."""

    mode: Annotated[Mode, Meta(description="act changes targets; dry-run only says what would have been done.")] = "dry-run"
    mlflow_url: Annotated[str, Meta(min_length=1, description="The MLflow server whose registry holds the aliases.")] = (
        "http://localhost:5000"
    )
    mlflow_timeout_seconds: Annotated[
        int, Meta(ge=1, le=30, description="How long one call to MLflow may take; whole seconds, as its client counts them.")
    ] = 5
    kubernetes: Annotated[
        Kubernetes, Meta(description="How Kubernetes is reached: with the pod's own account, by KUBECONFIG, or not at all.")
    ] = "off"
    kubernetes_timeout_seconds: Annotated[float, Meta(gt=0, le=30, description="How long one call to Kubernetes may take.")] = 5.0
    webhook_secret: Annotated[
        str,
        Meta(description="Signs what is sent to targets of kind webhook: whsec_ and a key in base64; several with spaces between."),
    ] = ""
    webhook_timeout_seconds: Annotated[float, Meta(gt=0, le=60, description="How long a webhook may take to answer.")] = 10.0
    quarantine_seconds: Annotated[
        float,
        Meta(
            ge=0, description="How long what was taken back may not be rolled out again; needs k8s/components/quarantine. 0: not."
        ),
    ] = 0.0
    lease_namespace: Annotated[
        str,
        Meta(description="Where the lease lies that lets one actuator act at a time; needs Kubernetes. Empty: there is none."),
    ] = "rollguard"
    lease_seconds: Annotated[
        float, Meta(ge=3, le=300, description="After so long without a renewal another actuator may take the lease.")
    ] = 15.0
    watch_interval_seconds: Annotated[float, Meta(gt=0, description="How often each target is looked at for a new rollout.")] = 1.0
