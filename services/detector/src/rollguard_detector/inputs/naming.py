"""
Whose a point is: workload, revision and instance, from the attributes or labels that producers already carry.

The rule: the same names mean the same thing in every format and in history, or one series would be learned under two names. Where
nothing names a workload there is none: a guess could take back the wrong one.
"""

from collections.abc import Mapping

_WORKLOAD = (("service.namespace", "service.name"), ("k8s.namespace.name", "k8s.deployment.name"))
_REVISION = "service.version"
# Replicas count apart: without one of these, their totals would look like a counter that is reset at every point.
_INSTANCE = ("service.instance.id", "k8s.pod.name", "host.name")


def workload_of(attributes: Mapping[str, str]) -> str | None:
    """Return ``namespace/name``, or None where nothing names it."""
    for namespace, name in _WORKLOAD:
        if attributes.get(namespace) and attributes.get(name):
            return f"{attributes[namespace]}/{attributes[name]}"
    return None


def revision_of(attributes: Mapping[str, str]) -> str | None:
    """Return the revision, or None where nothing names it."""
    return attributes.get(_REVISION) or None


def instance_of(attributes: Mapping[str, str]) -> str | None:
    """Return what tells one replica from another, or None."""
    return next((attributes[name] for name in _INSTANCE if attributes.get(name)), None)


def from_label_names(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes among a Prometheus series' labels, which hold ``_`` where an attribute holds a dot."""
    known = [*(name for pair in _WORKLOAD for name in pair), _REVISION, *_INSTANCE]
    return {name: labels[name.replace(".", "_")] for name in known if name.replace(".", "_") in labels}
