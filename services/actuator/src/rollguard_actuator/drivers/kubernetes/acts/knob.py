"""
Where the number of replicas is turned: at the workload's scale, or at the least number of the autoscaler that has it.

An autoscaler writes the number of replicas whenever it likes, so turning the workload's own would be a fight. One that KEDA made is
written anew from its ScaledObject, so that is a person's to turn.
"""

from collections.abc import Iterator

from rollguard_actuator.drivers.kubernetes.api import Api, Conflict, Invalid, Json
from rollguard_actuator.drivers.kubernetes.owners import owner_of_field
from rollguard_runtime.errors import Permanent
from rollguard_schemas.targets import KubernetesWorkload

_AUTOSCALERS = "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"


class Knob:
    """A number of replicas as it was read; ``most`` is the autoscaler's own bound, None where there is none."""

    def __init__(self, api: Api, path: str, thing: Json, *, field: str, autoscaler: str = "") -> None:
        self._api, self._path, self._thing, self._field = api, path, thing, field
        self.autoscaler = autoscaler
        self.number = int(thing["spec"].get(field, 1 if autoscaler else 0))
        self.most: int | None = thing["spec"].get("maxReplicas")

    async def turn(self, number: int, *, dry_run: bool = False) -> None:
        """Set the number if it is what was read; raises ``Conflict`` if it is not."""
        there = self._thing["spec"].get(self._field)
        operations = [
            {"op": "test", "path": "/metadata/uid", "value": self._thing["metadata"]["uid"]},
            {"op": "test", "path": f"/spec/{self._field}", "value": there},
            {"op": "add", "path": f"/spec/{self._field}", "value": number},
        ]
        try:
            await self._api.patch(self._path, operations, dry_run=dry_run)
        except Invalid as error:
            now = await self._api.get(self._path)
            if now is not None and now["spec"].get(self._field) == there:
                raise
            raise Conflict("somebody else scaled it at the same moment") from error


async def find_knob(api: Api, path: str, target: KubernetesWorkload, workload: Json) -> Knob:
    """
    Return where the replicas of the workload at ``path`` are turned.

    Raises:

        Permanent: where it is somebody else's to turn, with whose.
    """
    autoscalers = _AUTOSCALERS.format(namespace=target.namespace)
    for thing in await api.list(autoscalers, selector=""):
        if _has(thing, workload):
            name = thing["metadata"]["name"]
            _refuse_owners(thing, "f:minReplicas", target)
            return Knob(api, f"{autoscalers}/{name}", thing, field="minReplicas", autoscaler=name)
    _refuse_owners(workload, "f:replicas", target)
    return await scale_of(api, path)


async def scale_of(api: Api, path: str) -> Knob:
    """Return the workload's own scale."""
    scale = await api.get(f"{path}/scale")
    if scale is None:
        raise Permanent(f"{path} has no scale")
    return Knob(api, f"{path}/scale", scale, field="replicas")


async def knob_again(api: Api, path: str, namespace: str, autoscaler: str) -> Knob:
    """Return the knob that was turned before."""
    if not autoscaler:
        return await scale_of(api, path)
    at = f"{_AUTOSCALERS.format(namespace=namespace)}/{autoscaler}"
    thing = await api.get(at)
    if thing is None:
        raise Permanent(f"the autoscaler {autoscaler} is gone")
    return Knob(api, at, thing, field="minReplicas", autoscaler=autoscaler)


def _has(autoscaler: Json, workload: Json) -> bool:
    reference, metadata = autoscaler["spec"]["scaleTargetRef"], workload["metadata"]
    return (reference["kind"], reference["name"]) == (workload["kind"], metadata["name"])


def _refuse_owners(thing: Json, field: str, target: KubernetesWorkload) -> None:
    for reason in _objections(thing, field, target):
        raise Permanent(reason)


def _objections(thing: Json, field: str, target: KubernetesWorkload) -> Iterator[str]:
    for reference in thing["metadata"].get("ownerReferences", ()):
        if reference["kind"] == "ScaledObject":
            yield f"KEDA's ScaledObject {reference['name']} has this workload: raise its minReplicaCount there"
    owner = owner_of_field(thing, field)
    if owner is not None and owner not in target.despite:
        yield f"{owner} writes {field.removeprefix('f:')} and would put it back: leave the number out there, or scale it there"
