"""
One kind of object as it is stored: read, and written only if it still is what was read.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import msgspec

from rollguard_actuator.drivers.kubernetes.api import Api, Conflict, Forbidden, Invalid, Json
from rollguard_actuator.drivers.kubernetes.kind import Kind, Revision
from rollguard_actuator.drivers.kubernetes.patch import compared, guarded
from rollguard_actuator.drivers.kubernetes.sight import Sight, Sights
from rollguard_runtime.errors import Permanent
from rollguard_schemas.targets import KubernetesService, KubernetesWorkload

_ATTEMPTS = 8
_Made = TypeVar("_Made")
Named = KubernetesWorkload | KubernetesService


class Stored:
    """The objects of one resource; ``group_version`` as in ``apps/v1``."""

    def __init__(self, group_version: str, resource: str, api: Api) -> None:
        self._group_version, self._resource, self.api = group_version, resource, api
        self._sights = Sights()

    async def find(self, target: Named) -> Json | None:
        """Read a workload, None if it does not exist."""
        found = await self.api.get(self.path(target))
        self._sights.remember(self.path(target), None if found is None else Sight(thing=found))
        return found

    async def read(self, target: Named) -> Json:
        """Read a workload that must exist."""
        workload = await self.find(target)
        if workload is None:
            raise Permanent(f"{self._resource}/{target.name} does not exist in namespace {target.namespace}")
        return workload

    async def seen(self, target: Named) -> Json:
        """Return what this task saw last of a workload that must exist, or read it: for what writes against it."""
        sight = self._sights.recall(self.path(target))
        return await self.read(target) if sight is None else sight.thing

    async def revisions(self, target: Named, kind: Kind, workload: Json) -> Mapping[str, Revision]:
        """Return the revisions that are kept, as this task saw them last, or ask for them."""
        sight = self._sights.recall(self.path(target))
        if sight is not None and sight.revisions is not None:
            return sight.revisions
        revisions = await kind.revisions(self.api, workload)
        self._sights.remember(self.path(target), Sight(thing=workload, revisions=revisions))
        return revisions

    async def write(self, target: Named, read: Json, operations: list[Json], *, part: str = "", dry_run: bool = False) -> Json:
        """
        Write the object, or its ``part`` such as ``/status``, if it is what was read, and return what the server made of it.

        Raises:

            Conflict: if it is not what was read.
        """
        path = self.path(target)
        sight = self._sights.recall(path) or Sight(thing=read)
        self._sights.remember(path, None)
        try:
            made = await self.api.patch(path + part, guarded(read, *operations), dry_run=dry_run)
        except Invalid as error:
            if compared(await self.read(target)) == compared(read):
                raise
            raise Conflict(f"{self._resource}/{target.name} was changed by somebody else") from error
        self._sights.remember(path, sight if dry_run else msgspec.structs.replace(sight, thing=made))
        return made

    async def rehearse(self, target: Named, read: Json, operations: list[Json], *, part: str = "") -> str:
        """Have the server do everything but write, and return what it says of it; raises as ``write`` does."""
        try:
            await self.write(target, read, operations, part=part, dry_run=True)
        except Forbidden as error:
            return f"this account may not do it: {error}"
        return "the server would take it"

    def path(self, target: Named) -> str:
        """Return where a workload lies."""
        root = "api" if self._group_version == "v1" else "apis"
        return f"/{root}/{self._group_version}/namespaces/{target.namespace}/{self._resource}/{target.name}"


async def until_no_conflict(attempt: Callable[[], Awaitable[_Made]]) -> _Made:
    """Try a few times; a conflict that stays is the caller's to wait out."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return await attempt()
        except Conflict:
            continue
    return await attempt()
