"""
The rights that a driver needs, as a table: what it asks of the API server, and nothing more.

The shipped Roles are compared with these in a test, and the real server's audit log with both.
"""

import msgspec


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """
    Verbs on one resource of one API group; without an optional one the driver works, and says what it could not check.

    ``folder`` names the Role that grants it, in ``k8s/rights``; ``name`` narrows it to one object.
    """

    group: str
    resource: str
    verbs: frozenset[str]
    is_optional: bool = False
    folder: str = "workloads"
    name: str = ""


# What a template refers to is looked up before the template is used again; the content of a Secret is never asked for.
REFERENCES = (
    Right(group="", resource="configmaps", verbs=frozenset({"get"})),
    Right(group="", resource="secrets", verbs=frozenset({"get"}), is_optional=True, folder="secrets"),
)


def workload_rights(resource: str, revisions: str) -> tuple[Right, ...]:
    """Return the rights of a driver whose workloads and revisions are these resources of the group ``apps``."""
    return (
        Right(group="apps", resource=resource, verbs=frozenset({"get", "patch"})),
        Right(group="apps", resource=revisions, verbs=frozenset({"list"})),
        *REFERENCES,
    )
