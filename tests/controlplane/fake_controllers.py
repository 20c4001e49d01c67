"""
The controllers of the fake API server: they keep a revision for each template, use an old one again, drop what is beyond the limit,
and write the status of pods that are all ready at once, or never where the image's tag is ``crash`` or ``unready``.
"""

import hashlib
import json

_DEFAULTS = {"statefulsets": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}, "daemonsets": {"type": "RollingUpdate"}}
_KINDS = {"deployments": "Deployment", "statefulsets": "StatefulSet", "daemonsets": "DaemonSet"}


def fill_in(resource, workload):
    """Fill in what the server fills in."""
    spec = workload["spec"]
    spec.setdefault("revisionHistoryLimit", 10)
    if resource != "daemonsets":
        spec.setdefault("replicas", 1)
    if resource in _DEFAULTS:
        spec.setdefault("updateStrategy", dict(_DEFAULTS[resource]))


def reconcile(store, key, workload):
    """Do what the workload's controller does after a write."""
    group, resource, namespace, _ = key
    revisions = (group, "replicasets" if resource == "deployments" else "controllerrevisions", namespace)
    template = workload["spec"]["template"]
    tags = {container["image"].rpartition(":")[2] for container in template["spec"]["containers"]}
    if not workload["spec"].get("paused"):
        _use_revision(store, revisions, resource, workload)
        _prune(store, revisions, workload)
    _write_status(resource, workload, is_ready=not tags & {"crash", "unready"})


def _use_revision(store, key, resource, workload):
    """Use the revision of the live template again, or keep a new one."""
    uid, template = workload["metadata"]["uid"], workload["spec"]["template"]
    kept = store.owned(key, uid)
    number = 1 + max((_number(each) for each in kept), default=0)
    known = next((each for each in kept if each["metadata"]["x-template"] == template), None)
    if known is not None:
        _set_number(known, number if _number(known) < number - 1 else _number(known))
        return
    digest = hashlib.sha256(json.dumps([uid, template], sort_keys=True).encode()).hexdigest()[:10]
    name = f"{workload['metadata']['name']}-{digest}"
    label = "pod-template-hash" if resource == "deployments" else "controller-revision-hash"
    labels = {**template["metadata"].get("labels", {}), label: digest}
    annotations = {k: v for k, v in workload["metadata"].get("annotations", {}).items() if k == "kubernetes.io/change-cause"}
    owner = {"kind": _KINDS[resource], "name": workload["metadata"]["name"], "uid": uid, "controller": True}
    metadata = {
        "name": name,
        "labels": labels,
        "annotations": annotations,
        "ownerReferences": [owner],
        "x-template": json.loads(json.dumps(template)),
    }
    copied = {**template, "metadata": {**template["metadata"], "labels": labels}}
    content = {"spec": {"template": copied}} if resource == "deployments" else {"data": _data(template)}
    made = store.create((*key, None), {"metadata": metadata, **content})
    _set_number(made, number)


def _data(template):
    return {"spec": {"template": {**json.loads(json.dumps(template)), "$patch": "replace"}}}


def _number(revision):
    return int(revision.get("revision", 0))


def _set_number(revision, number):
    revision["revision"] = number
    if "data" not in revision:
        revision["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = str(number)


def _prune(store, key, workload):
    kept = sorted(store.owned(key, workload["metadata"]["uid"]), key=_number)
    for old in kept[: max(0, len(kept) - 1 - workload["spec"]["revisionHistoryLimit"])]:
        store.forget((*key, old["metadata"]["name"]))


def _write_status(resource, workload, *, is_ready):
    wanted = workload["spec"].get("replicas", 1)
    ready = wanted if is_ready else 0
    if resource == "daemonsets":
        counts = {"desiredNumberScheduled": wanted, "updatedNumberScheduled": wanted, "numberAvailable": ready}
    else:
        counts = {"replicas": wanted, "updatedReplicas": wanted, "availableReplicas": ready, "readyReplicas": ready}
    workload["status"] = {"observedGeneration": workload["metadata"]["generation"], **counts}
