"""
Who else writes a workload: a controller or a release tool that holds the desired state elsewhere.

A rollback beside such an owner is undone, at once by one that reconciles, at the next release by one that does not. So it is
refused with the owner's name, for a person to take back where the desired state is, unless the policy says that it may be.
"""

from collections.abc import Collection, Iterator
from typing import get_args

import msgspec

from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_schemas.targets import Lockable, Owner

# Source: the labels, annotations and field managers that these tools document or set.
_LABELS: dict[str, Owner] = {
    "kustomize.toolkit.fluxcd.io/name": "flux",
    "helm.toolkit.fluxcd.io/name": "flux",
    "argocd.argoproj.io/instance": "argo-cd",
}
_ANNOTATIONS: dict[str, Owner] = {
    "argocd.argoproj.io/tracking-id": "argo-cd",
    "meta.helm.sh/release-name": "helm",
    "config.kubernetes.io/origin": "kustomize",
}
_MANAGERS: dict[str, Owner] = {
    "kustomize-controller": "flux",
    "helm-controller": "flux",
    "argocd-controller": "argo-cd",
    "argocd-application-controller": "argo-cd",
    "helm": "helm",
}
_MANAGED_BY: dict[str, Owner] = {"Helm": "helm", "kustomize": "kustomize"}
_FLUX_IS_OFF = ("kustomize.toolkit.fluxcd.io/reconcile", "disabled")
_UNDOES: dict[Owner, str] = {
    "flux": "would put the suspect back at its next reconcile",
    "argo-cd": "would put the suspect back at its next sync",
    "helm": "would put the suspect back at the next upgrade",
    "kustomize": "would put the suspect back when it is next applied",
}


_LOCKABLE = get_args(Lockable)


class Ownership(msgspec.Struct, frozen=True, kw_only=True):
    """An owner and what shows it; ``owner`` is None for another controller, which no policy can wave through."""

    owner: Owner | None
    evidence: str


def refusal(workload: Json, acted_beside: Collection[Owner]) -> str | None:
    """Say why a workload is not ours to move, or None if it is; ``acted_beside`` are the owners that the policy lists."""
    for found in ownerships(workload):
        if found.owner is None:
            return f"{found.evidence} writes this workload: take it back there"
        if found.owner not in acted_beside:
            return (
                f"{found.owner} owns this workload ({found.evidence}) and {_UNDOES[found.owner]}: "
                f"take it back there, or list {found.owner} under despite{' or lock' if found.owner in _LOCKABLE else ''} "
                f"in the policy's target"
            )
    return None


def ownerships(workload: Json) -> Iterator[Ownership]:
    """Yield everything that shows an owner."""
    metadata = workload["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    for reference in metadata.get("ownerReferences", ()):
        if reference.get("controller"):
            yield Ownership(owner=None, evidence=f"{reference['kind']} {reference['name']}")
    shown = [*_told(labels, _LABELS, "label"), *_told(annotations, _ANNOTATIONS, "annotation"), *_managers(metadata)]
    tool = labels.get("app.kubernetes.io/managed-by", "")
    shown += [Ownership(owner=owner, evidence=f"managed by {tool}") for name, owner in _MANAGED_BY.items() if tool.startswith(name)]
    is_flux_off = annotations.get(_FLUX_IS_OFF[0]) == _FLUX_IS_OFF[1]
    yield from (found for found in shown if not (found.owner == "flux" and is_flux_off))


def owner_of_field(thing: Json, field: str) -> Owner | None:
    """Name the owner that wrote a field of the specification, such as ``f:replicas``, and would write it again."""
    for entry in thing["metadata"].get("managedFields", ()):
        owner = _MANAGERS.get(entry.get("manager", ""))
        if owner is not None and field in entry.get("fieldsV1", {}).get("f:spec", {}):
            return owner
    return None


def _told(texts: dict[str, str], meanings: dict[str, Owner], what: str) -> Iterator[Ownership]:
    for name, owner in meanings.items():
        if name in texts:
            yield Ownership(owner=owner, evidence=f"{what} {name}: {texts[name]}")


def _managers(metadata: Json) -> Iterator[Ownership]:
    """Yield the managers of the template's fields; one that manages other fields alone does not undo us."""
    for entry in metadata.get("managedFields", ()):
        owner = _MANAGERS.get(entry.get("manager", ""))
        if owner is not None and "f:template" in entry.get("fieldsV1", {}).get("f:spec", {}):
            yield Ownership(owner=owner, evidence=f"field manager {entry['manager']}")
