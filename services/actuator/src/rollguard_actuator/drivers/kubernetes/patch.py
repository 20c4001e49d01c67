"""
JSON Patches that are compare-and-set: each is about the object that was read, and no other of that name, and no later state of it.

The version is set with ``replace``, not ``test``: the server answers a stale one with a conflict, which is read again and tried
again. A failed ``test`` it calls invalid, which could mean anything.
"""

from collections.abc import Mapping

from rollguard_actuator.drivers.kubernetes.api import Json


def guarded(workload: Json, *operations: Json) -> list[Json]:
    """Return operations that only ever apply to the object as it was read."""
    metadata = workload["metadata"]
    return [
        {"op": "test", "path": "/metadata/uid", "value": metadata["uid"]},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
        *operations,
    ]


def annotate(workload: Json, texts: Mapping[str, str | None]) -> list[Json]:
    """Return operations that set annotations one by one, None removing one; everybody else's stay."""
    present = workload["metadata"].get("annotations")
    first: list[Json] = [] if present is not None else [{"op": "add", "path": "/metadata/annotations", "value": {}}]
    return first + [
        {"op": "remove", "path": _path(name)} if text is None else {"op": "add", "path": _path(name), "value": text}
        for name, text in texts.items()
        if text is not None or name in (present or {})
    ]


def _path(name: str) -> str:
    return "/metadata/annotations/" + name.replace("~", "~0").replace("/", "~1")
