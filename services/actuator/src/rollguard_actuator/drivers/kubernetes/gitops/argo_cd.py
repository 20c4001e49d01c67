"""
Argo CD: its Application stops syncing by itself, and still says whether what is live is what Git wants.

An Application that an ApplicationSet or another Application writes is refused: its writer would undo the lock at once. Where the
field ``enabled`` is not known yet, the Application is told to skip reconciling, and a person has to hand it back.
"""

import json

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.gitops.lock import Desire
from rollguard_actuator.drivers.kubernetes.patch import annotate
from rollguard_actuator.drivers.kubernetes.rights import Right

TRACKING, INSTANCE = "argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance"
SKIP = "argocd.argoproj.io/skip-reconcile"
HELD, PRIOR = "rollguard.dev/held-by", "rollguard.dev/prior-automated"
_NAMESPACE = "argocd"
_APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications/{name}"
_AUTOMATED = "/spec/syncPolicy/automated"


class ArgoCdLock:
    """The lock of an Application."""

    rights: tuple[Right, ...] = (
        Right(group="argoproj.io", resource="applications", verbs=frozenset({"get", "patch"}), folder="argo-cd"),
    )
    marks: dict[str, str] = {}  # noqa: RUF012  # read only, as the port names it

    namespace = _NAMESPACE

    async def objection(self, api: Api, workload: Json) -> str | None:
        """Refuse an Application that cannot be found, or that somebody else writes."""
        path = _path(workload)
        application = None if path is None else await api.get(path)
        if application is None:
            return "its Argo CD Application is not found: suspend its automated sync, or list argo-cd under despite"
        metadata = application["metadata"]
        writers = [f"{each['kind']} {each['name']}" for each in metadata.get("ownerReferences", ())]
        if TRACKING in (metadata.get("annotations") or {}):
            writers.append(f"the Application that tracks it as {metadata['annotations'][TRACKING]}")
        return (
            f"{writers[0]} writes the Application {metadata['name']} and would undo a lock: take it back in Git"
            if writers
            else None
        )

    async def close(self, api: Api, workload: Json, decision_id: str) -> None:
        """Switch automated sync off, and remember what it was."""
        path, application = await _read(api, workload)
        annotations = application["metadata"].get("annotations") or {}
        automated = (application["spec"].get("syncPolicy") or {}).get("automated")
        if HELD in annotations or automated is None or automated.get("enabled") is False:
            return
        texts = {HELD: decision_id, PRIOR: json.dumps(automated)}
        off = {"op": "add", "path": _AUTOMATED, "value": {**automated, "enabled": False}}
        await api.patch(path, [_same(application), off, *annotate(application, texts)])
        _, application = await _read(api, workload)
        if application["spec"]["syncPolicy"]["automated"].get("enabled") is not False:
            await api.patch(path, [_same(application), *annotate(application, {SKIP: "true"})])

    async def desire(self, api: Api, workload: Json, suspect_images: tuple[str, ...]) -> Desire:  # noqa: ARG002  # the port's signature
        """Ask what Argo CD compares: synced means that Git wants what is live, and live is not the suspect when this is asked."""
        _, application = await _read(api, workload)
        if SKIP in (application["metadata"].get("annotations") or {}):
            return "unknown"
        metadata = workload["metadata"]
        for resource in application.get("status", {}).get("resources", ()):
            if (resource.get("kind"), resource.get("namespace"), resource.get("name")) == (
                workload.get("kind"),
                metadata["namespace"],
                metadata["name"],
            ):
                return "other" if resource.get("status") == "Synced" else "suspect"
        return "unknown"

    async def open(self, api: Api, workload: Json, decision_id: str) -> None:
        """Put back what was remembered."""
        path, application = await _read(api, workload)
        annotations = application["metadata"].get("annotations") or {}
        if annotations.get(HELD) != decision_id:
            return
        back = {"op": "add", "path": _AUTOMATED, "value": json.loads(annotations[PRIOR])}
        await api.patch(path, [_same(application), back, *annotate(application, {HELD: None, PRIOR: None})])


async def _read(api: Api, workload: Json) -> tuple[str, Json]:
    path = _path(workload) or ""
    return path, await api.get(path) or {"metadata": {"name": ""}, "spec": {}}


def _path(workload: Json) -> str | None:
    """Return the path of the Application: the tracking id begins with its name, or with ``namespace_name``."""
    metadata = workload["metadata"]
    tracked = (metadata.get("annotations") or {}).get(TRACKING, "").partition(":")[0]
    name = tracked or (metadata.get("labels") or {}).get(INSTANCE, "")
    namespace, _, rest = name.rpartition("_")
    return _APPLICATIONS.format(namespace=namespace or _NAMESPACE, name=rest) if rest else None


def _same(application: Json) -> Json:
    return {"op": "replace", "path": "/metadata/resourceVersion", "value": application["metadata"]["resourceVersion"]}
