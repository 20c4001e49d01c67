"""
Revisions that are kept as ReplicaSets, as those of Deployments and of Rollouts are.

The label that names them differs, and so does who reads it: a stranger's label would name revisions that no pod bears.
"""

from collections.abc import Mapping

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.kind import Revision, change_cause, is_owned, selector_of
from rollguard_actuator.drivers.kubernetes.template import plain


async def kept(api: Api, workload: Json, hash_label: str) -> Mapping[str, Revision]:
    """Return the templates of a workload's ReplicaSets, the oldest first, by the hash that ``hash_label`` holds."""
    namespace = workload["metadata"]["namespace"]
    sets = await api.list(f"/apis/apps/v1/namespaces/{namespace}/replicasets", selector=selector_of(workload))
    owned = sorted(
        (each for each in sets if is_owned(each, workload)),
        key=lambda each: (each["metadata"]["creationTimestamp"], each["metadata"]["name"]),
    )
    return {
        each["metadata"]["labels"][hash_label]: Revision(template=plain(each["spec"]["template"]), change_cause=change_cause(each))
        for each in owned
    }
