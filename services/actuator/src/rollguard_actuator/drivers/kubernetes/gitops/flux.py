"""
Flux: one annotation on the live object keeps its Kustomization from applying it, and nothing else of it.

What Flux wants is in the archive of its source. As long as any file in it names an image that was taken back, by tag or by digest,
the desired state counts as holding the suspect: a name too many keeps the lock, one too few could bring the suspect back.
"""

import asyncio
import hashlib
import io
import tarfile
from collections.abc import Iterator
from urllib.request import urlopen

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.gitops.lock import Desire
from rollguard_actuator.drivers.kubernetes.rights import Right

NAME, NAMESPACE = "kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace"
_HELM = "helm.toolkit.fluxcd.io/name"
_KUSTOMIZATIONS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{namespace}/kustomizations/{name}"
_SOURCES = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{namespace}/{plural}/{name}"
_PLURALS = {"GitRepository": "gitrepositories", "OCIRepository": "ocirepositories", "Bucket": "buckets"}
_TIMEOUT_SECONDS, _MAX_BYTES = 10.0, 64 * 1024 * 1024


class FluxLock:
    """The lock of a Kustomization's object."""

    rights: tuple[Right, ...] = (
        Right(group="kustomize.toolkit.fluxcd.io", resource="kustomizations", verbs=frozenset({"get"}), folder="flux"),
        *(
            Right(group="source.toolkit.fluxcd.io", resource=plural, verbs=frozenset({"get"}), folder="flux")
            for plural in _PLURALS.values()
        ),
    )
    marks = {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}  # noqa: RUF012  # read only, as the port names it

    namespace = "flux-system"

    async def objection(self, api: Api, workload: Json) -> str | None:  # noqa: ARG002  # the port's signature
        """Refuse what a HelmRelease owns: Helm would have to be suspended as a whole."""
        labels = workload["metadata"].get("labels") or {}
        if _HELM in labels and NAME not in labels:
            return f"HelmRelease {labels[_HELM]} can only be suspended as a whole: suspend it and take the workload back by hand"
        return None

    async def close(self, api: Api, workload: Json, decision_id: str) -> None:
        """Do nothing: the annotation is all."""

    async def open(self, api: Api, workload: Json, decision_id: str) -> None:
        """Do nothing: as above."""

    async def desire(self, api: Api, workload: Json, suspect_images: tuple[str, ...]) -> Desire:
        """Read the archive that the Kustomization's source offers."""
        artifact = await _artifact(api, workload)
        if artifact is None:
            return "unknown"
        archive = await asyncio.to_thread(_fetch, artifact["url"], artifact.get("digest", ""))
        if archive is None:
            return "unknown"
        names = [name.encode() for image in suspect_images for name in _names(image)]
        return "suspect" if any(name in text for text in _texts(archive) for name in names) else "other"


async def _artifact(api: Api, workload: Json) -> Json | None:
    labels = workload["metadata"].get("labels") or {}
    namespace = labels.get(NAMESPACE, "")
    found = await api.get(_KUSTOMIZATIONS.format(namespace=namespace, name=labels.get(NAME, "")))
    if found is None:
        return None
    reference = found["spec"]["sourceRef"]
    plural = _PLURALS.get(reference["kind"])
    if plural is None:
        return None
    where = {"namespace": reference.get("namespace", namespace), "plural": plural, "name": reference["name"]}
    source = await api.get(_SOURCES.format(**where))
    artifact = (source or {}).get("status", {}).get("artifact")
    return dict(artifact) if artifact else None


def _fetch(url: str, digest: str) -> bytes | None:
    """Fetch an archive; one that is too large or not what its digest says tells nothing."""
    if not url.startswith(("http://", "https://")):
        return None
    try:
        with urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310  # http and https alone, as the source's status names it
            content = bytes(answer.read(_MAX_BYTES + 1))
    except OSError:
        return None
    is_whole = digest in ("", f"sha256:{hashlib.sha256(content).hexdigest()}")
    return content if is_whole and len(content) <= _MAX_BYTES else None


def _texts(archive: bytes) -> Iterator[bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:*") as files:
        for member in files:
            if member.isfile() and (content := files.extractfile(member)) is not None:
                yield content.read()


def _names(image: str) -> Iterator[str]:
    """Name what tells an image from the others of its repository: Kustomize writes tag and digest apart from the name."""
    rest, _, digest = image.partition("@")
    tag = rest.rpartition("/")[2].partition(":")[2]
    yield from (name for name in (digest, tag) if name)
