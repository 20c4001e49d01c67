"""
JSON Patch and JSON Merge Patch as the fake API server takes them. Sources: RFC 6902, RFC 7386.
"""

import copy


def apply_json_patch(document, operations, refuse):
    """Return the patched document; ``refuse`` makes the error of an operation that does not fit."""
    patched = copy.deepcopy(document)
    for operation in operations:
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
        parent = patched
        for step in way:
            if step not in parent:
                raise refuse(422, f"there is nothing at {operation['path']}")
            parent = parent[step]
        _operate(parent, last, operation, refuse)
    return patched


def _operate(parent, last, operation, refuse):
    kind = operation["op"]
    if kind in ("replace", "remove") and last not in parent:
        raise refuse(422, f"there is nothing at {operation['path']}")
    # As the real server does, and the RFC does not: what is absent is equal to null.
    if kind == "test" and parent.get(last) != operation["value"]:
        raise refuse(422, f"testing {operation['path']} failed")
    if kind in ("add", "replace"):
        parent[last] = copy.deepcopy(operation["value"])
    if kind == "remove":
        del parent[last]


def apply_merge_patch(document, patch):
    """Return the merged document."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = copy.deepcopy(document) if isinstance(document, dict) else {}
    for name, content in patch.items():
        if content is None:
            merged.pop(name, None)
        else:
            merged[name] = apply_merge_patch(merged.get(name), content)
    return merged
