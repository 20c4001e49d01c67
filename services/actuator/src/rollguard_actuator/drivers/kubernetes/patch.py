"""
JSON Patches that are compare-and-set: each is about the object that was read, and no other of that name, and no later state of it.

What is compared is the uid, the generation, which every change of the specification moves, and the claim. Not the resource
version: the controller writes the status many times a second while a rollout runs, which is when we act, and each of those writes
would turn ours away.
"""

from collections.abc import Mapping

from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.notes import CLAIM


def guarded(workload: Json, *operations: Json) -> list[Json]:
    """Return operations that only ever apply to the object as it was read; the server tests what is absent against null."""
    return [*({"op": "test", "path": path, "value": value} for path, value in compared(workload).items()), *operations]


def compared(workload: Json) -> Json:
    """Return what must still be so when the write arrives, by its path."""
    metadata = workload["metadata"]
    annotations = metadata.get("annotations")
    claim = {"/metadata/annotations": None} if annotations is None else {_path(CLAIM): annotations.get(CLAIM)}
    # What has no generation, as a Service on some servers, is compared as a whole.
    is_numbered = "generation" in metadata
    state = {"/metadata/generation": metadata["generation"]} if is_numbered else {"/spec": workload["spec"]}
    return {"/metadata/uid": metadata["uid"], **state, **claim}


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
    return "/metadata/annotations/" + escaped(name)


def escaped(name: str) -> str:
    """Return a name as one step of a path. Source: RFC 6901."""
    return name.replace("~", "~0").replace("/", "~1")
