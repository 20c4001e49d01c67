"""
What the fake API server holds: objects with versions, who may do what, and what its controllers make of a write.
"""

import copy
import threading
import uuid

from controlplane import fake_controllers
from controlplane.json_patch import apply_json_patch, apply_merge_patch

WORKLOADS = ("deployments", "statefulsets", "daemonsets")


class Status(Exception):
    """An answer that is not 200."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


class Store:
    """All objects, under one lock: a controller is done before the write that woke it is answered."""

    def __init__(self):
        self._lock = threading.RLock()
        self._objects, self._version, self._clock = {}, 0, 0

    def authorize(self, bearer, verb, *, group, resource, part, namespace):
        """Refuse what no role of the account allows; the administrator may do everything."""
        name = bearer.removeprefix("Bearer ")
        if name == "admin" or resource == "selfsubjectaccessreviews":
            return
        asked = resource if part is None else f"{resource}/{part}"
        with self._lock:
            roles = (item for key, item in self._objects.items() if key[1:] == ("roles", namespace, name))
            rules = [rule for role in roles for rule in role["rules"]]
        if not any(group in rule["apiGroups"] and asked in rule["resources"] and verb in rule["verbs"] for rule in rules):
            raise Status(403, f'{resource} is forbidden: {name} cannot {verb} resource "{asked}" in namespace {namespace}')

    def review(self, bearer, body):
        """Say whether an account may do what it asks about."""
        asked = body["spec"]["resourceAttributes"]
        part = asked.get("subresource") or None
        where = {"group": asked["group"], "resource": asked["resource"], "part": part, "namespace": asked["namespace"]}
        try:
            self.authorize(bearer, asked["verb"], **where)
        except Status:
            return {"status": {"allowed": False}}
        return {"status": {"allowed": True}}

    def token(self, name):
        return {"status": {"token": name}}

    def create(self, key, body):
        with self._lock:
            group, resource, namespace, _ = key
            made = copy.deepcopy(body)
            self._clock += 1
            made["metadata"] |= {
                "uid": str(uuid.uuid4()),
                "generation": 1,
                "namespace": namespace,
                "creationTimestamp": f"2026-01-01T00:{self._clock // 60 % 60:02}:{self._clock % 60:02}Z",
            }
            key = (group, resource, namespace, made["metadata"]["name"])
            if key in self._objects:
                raise Status(409, f"{key[3]} already exists")
            if resource in WORKLOADS:
                fake_controllers.fill_in(resource, made)
            self._write(key, made)
            if resource == "namespaces":
                self.create(("", "serviceaccounts", key[3], None), {"metadata": {"name": "default"}})
            return self._objects[key]

    def get(self, key, *, part=None, metadata_only=False):
        with self._lock:
            if key not in self._objects:
                raise Status(404, f"{key[1]} {key[3]} not found")
            found = copy.deepcopy(self._objects[key])
        if part == "scale":
            return {"metadata": found["metadata"], "spec": {"replicas": found["spec"].get("replicas", 1)}}
        return {"metadata": found["metadata"]} if metadata_only else found

    def list(self, key, selector):
        wanted = dict(each.split("=", 1) for each in selector.split(",") if each)
        with self._lock:
            return [
                copy.deepcopy(item)
                for (group, resource, namespace, _), item in self._objects.items()
                if (group, resource, namespace) == key[:3] and wanted.items() <= item["metadata"].get("labels", {}).items()
            ]

    def patch(self, key, body, *, part, is_merge, is_dry_run):
        with self._lock:
            before = self.get(key)
            after = apply_merge_patch(before, body) if is_merge else apply_json_patch(before, body, Status)
            if after["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"]:
                raise Status(409, "the object has been modified; please apply your changes to the latest version and try again")
            written = _only(part, before, after)
            if is_dry_run or written == before:
                return written
            if written.get("spec") != before.get("spec"):
                written["metadata"]["generation"] += 1
            self._write(key, written)
            return self._objects[key]

    def delete(self, key):
        with self._lock:
            self.get(key)
            return self._objects.pop(key)

    def _write(self, key, item):
        self._version += 1
        item["metadata"]["resourceVersion"] = str(self._version)
        self._objects[key] = item
        if key[1] in WORKLOADS:
            fake_controllers.reconcile(self, key, item)

    def owned(self, key, uid):
        """Return the revisions of a workload, for its controller."""
        return [
            item
            for (_, resource, namespace, _), item in self._objects.items()
            if (resource, namespace) == (key[1], key[2]) and item["metadata"]["ownerReferences"][0]["uid"] == uid
        ]

    def forget(self, key):
        """Drop a revision that is beyond the limit, for its controller."""
        self._objects.pop(key)


def _only(part, before, after):
    """Keep a write to what its resource covers: the status, the replicas, or all but the status."""
    if part == "status":
        return {**before, "status": after.get("status", {})}
    if part == "scale":
        return {**before, "spec": {**before["spec"], "replicas": after["spec"]["replicas"]}}
    return {**after, **({"status": before["status"]} if "status" in before else {})}
