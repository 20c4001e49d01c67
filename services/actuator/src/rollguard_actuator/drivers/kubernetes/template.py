"""
Pod templates: what a person wrote, apart from what controllers added when they kept a copy.

Two templates are one revision if they are equal after that. The server fills in the same defaults on both sides, so equality is
plain equality.
"""

from collections.abc import Iterator

from rollguard_actuator.drivers.kubernetes.api import Json

HASH_LABEL, ROLLOUT_HASH_LABEL = "pod-template-hash", "rollouts-pod-template-hash"
_HASH_LABELS = (HASH_LABEL, ROLLOUT_HASH_LABEL)


def template_of(workload: Json) -> Json:
    """Return a workload's template, an empty one where it lies in another object."""
    return dict(workload["spec"].get("template") or {})


def plain(template: Json) -> Json:
    """Return a template without the hash label of its ReplicaSet and the patch directive of its ControllerRevision."""
    metadata = dict(template.get("metadata") or {})
    metadata.pop("creationTimestamp", None)
    metadata["labels"] = {name: text for name, text in (metadata.get("labels") or {}).items() if name not in _HASH_LABELS}
    kept = {name: content for name, content in template.items() if name != "$patch"}
    return {**kept, "metadata": {name: content for name, content in metadata.items() if content}}


def images(template: Json) -> str:
    """Name what a template runs: the images of its containers, with the digest where it is pinned."""
    return ", ".join(image_names(template))


def image_names(template: Json) -> tuple[str, ...]:
    """Return the images of its containers."""
    return tuple(container.get("image", "") for container in template.get("spec", {}).get("containers", ()))


def references(template: Json) -> frozenset[tuple[str, str]]:
    """Return the ConfigMaps and Secrets without which its pods would not start, as ``("configmaps", name)``."""
    spec = template.get("spec", {})
    containers = [*spec.get("containers", ()), *spec.get("initContainers", ())]
    found = [*_from_containers(containers), *_from_volumes(spec.get("volumes", ()))]
    return frozenset((resource, name) for resource, name, is_optional in found if name and not is_optional)


def _from_containers(containers: list[Json]) -> Iterator[tuple[str, str, bool]]:
    kinds = (("configmaps", "configMapRef", "configMapKeyRef"), ("secrets", "secretRef", "secretKeyRef"))
    for container in containers:
        for resource, whole, key in kinds:
            sources = [*container.get("envFrom", ()), *(entry.get("valueFrom", {}) for entry in container.get("env", ()))]
            for source in sources:
                for reference in (source.get(whole), source.get(key)):
                    if reference:
                        yield resource, reference.get("name", ""), bool(reference.get("optional"))


def _from_volumes(volumes: list[Json]) -> Iterator[tuple[str, str, bool]]:
    for volume in volumes:
        for source in (volume, *volume.get("projected", {}).get("sources", ())):
            if config_map := source.get("configMap"):
                yield "configmaps", config_map.get("name", ""), bool(config_map.get("optional"))
            if secret := source.get("secret"):
                yield "secrets", secret.get("secretName") or secret.get("name", ""), bool(secret.get("optional"))
