"""
What an account did, as the real API server's audit log has it.
"""

import json

import yaml


def used_by(plane, user):
    """Return verb, group and resource of each request; asking about one's own rights is everybody's."""
    events = map(json.loads, plane.audit_log.read_text().splitlines())
    references = [(event["verb"], event["objectRef"]) for event in events if event["user"]["username"] == user]
    return {
        (verb, reference.get("apiGroup", ""), "/".join(filter(None, (reference["resource"], reference.get("subresource")))))
        for verb, reference in references
        if reference.get("apiGroup") != "authorization.k8s.io"
    }


def granted_by(rules):
    """Return the same of a Role."""
    return {(verb, group, r) for rule in rules for group in rule["apiGroups"] for r in rule["resources"] for verb in rule["verbs"]}


def shipped(root, path):
    """Return the rules of the Role in a file below ``k8s``."""
    documents = yaml.safe_load_all((root / "k8s" / path).read_text())
    return next(document["rules"] for document in documents if document["kind"] == "Role")
