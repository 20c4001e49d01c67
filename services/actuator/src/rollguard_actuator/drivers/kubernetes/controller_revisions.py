"""
Revisions that are kept as ControllerRevisions, as those of StatefulSets and DaemonSets are.

The label that a pod bears differs: a StatefulSet writes the ControllerRevision's name, a DaemonSet its hash.
"""

from collections.abc import Callable, Mapping

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.kind import Revision, change_cause, is_owned, selector_of
from rollguard_actuator.drivers.kubernetes.template import plain


async def kept(api: Api, workload: Json, name_of: Callable[[Json], str]) -> Mapping[str, Revision]:
    """Return the templates of a workload's ControllerRevisions, the oldest first, by the name that ``name_of`` gives."""
    namespace = workload["metadata"]["namespace"]
    found = await api.list(f"/apis/apps/v1/namespaces/{namespace}/controllerrevisions", selector=selector_of(workload))
    owned = sorted((each for each in found if is_owned(each, workload)), key=lambda each: int(each["revision"]))
    return {
        name_of(each): Revision(template=plain(each["data"]["spec"]["template"]), change_cause=change_cause(each)) for each in owned
    }


def rolls_by_itself(workload: Json) -> bool:
    """Say whether the controller replaces pods when the template changes."""
    return bool((workload["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate")
