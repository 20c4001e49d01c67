"""
The rules by which a point's attributes name its workload and revision: data, in order, the first that matches decides.

The defaults are the ecosystem's own names. A rule needs every part of what it names: half a name matches nothing, since a guessed
workload would be rolled back for another's telemetry.
"""

import re

import msgspec

# Kubernetes writes generated names without vowels and look-alikes, which is what tells them from words.
_SAFE = "bcdfghjklmnpqrstvwxz2456789"
REPLICA_SET_POD = rf"(?P<name>.+)-(?P<template>[{_SAFE}]{{6,10}})-[{_SAFE}]{{5}}"
STATEFUL_SET_POD = r"(?P<name>.+)-\d{1,4}"
DAEMON_SET_POD = rf"(?P<name>.+)-[{_SAFE}]{{5}}"
NAMESPACED_JOB = r"(?P<namespace>[^/]+)/(?P<name>[^/]+)"

NAMESPACES = (
    "k8s.namespace.name", "k8s_namespace_name", "namespace", "kubernetes_namespace", "kube_namespace", "pod_namespace",
)  # fmt: skip
DEPLOYMENTS = (
    "k8s.deployment.name", "k8s_deployment_name", "deployment", "kubernetes_deployment", "kube_deployment", "deployment_name",
    "k8s.statefulset.name", "k8s_statefulset_name", "statefulset", "kube_stateful_set", "statefulset_name",
    "k8s.daemonset.name", "k8s_daemonset_name", "daemonset", "kube_daemon_set", "daemonset_name",
)  # fmt: skip
PODS = ("k8s.pod.name", "k8s_pod_name", "pod", "pod_name", "kubernetes_pod_name")
INFERENCE_SERVICES = (
    "inferenceservice_name", "inferenceservice", "isvc_name", "isvc", "serving.kserve.io/inferenceservice",
    "serving_kserve_io_inferenceservice", "label_serving_kserve_io_inferenceservice",
)  # fmt: skip
REVISIONS = (
    "service.version", "service_version", "version", "model_version", "app.kubernetes.io/version", "app_kubernetes_io_version",
)  # fmt: skip
TEMPLATES = (
    "pod_template_hash", "pod-template-hash", "k8s.pod.label.pod-template-hash", "controller_revision_hash",
    "controller-revision-hash", "k8s.replicaset.name", "k8s_replicaset_name", "replicaset", "replicaset_name", "kube_replica_set",
)  # fmt: skip


class IdentityRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One way to name a workload. Each listing holds attribute names, of which the first that a point has is taken.

    ``pattern`` must match the whole of what ``name`` holds; its groups ``name``, ``namespace`` and ``template`` replace it, the
    namespace, and the template's hash. ``fixed_namespace`` stands in where producers know none.
    """

    name: tuple[str, ...]
    namespace: tuple[str, ...] = NAMESPACES
    fixed_namespace: str = ""
    pattern: str = ""
    revision: tuple[str, ...] = REVISIONS

    def __post_init__(self) -> None:
        """Refuse a pattern that is none, before a point comes."""
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"`pattern` is no regular expression: {error}") from error


DEFAULT_RULES = (
    IdentityRule(namespace=("service.namespace", "service_namespace"), name=("service.name", "service_name")),
    IdentityRule(name=INFERENCE_SERVICES, revision=(*REVISIONS, "revision_name", "serving_knative_dev_revision")),
    IdentityRule(name=DEPLOYMENTS),
    IdentityRule(name=PODS, pattern=REPLICA_SET_POD),
    IdentityRule(name=PODS, pattern=STATEFUL_SET_POD),
    IdentityRule(name=PODS, pattern=DAEMON_SET_POD),
    IdentityRule(name=("service.name", "service_name")),
    IdentityRule(name=("service", "kubernetes_service", "kube_service")),
    IdentityRule(name=("job",), pattern=NAMESPACED_JOB),
    IdentityRule(name=("job",)),
    IdentityRule(name=("model_name", "model")),
)
