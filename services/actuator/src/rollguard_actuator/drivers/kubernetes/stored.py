"""
One kind of object as it is stored: read, and written only if it still is what was read.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from rollguard_actuator.drivers.kubernetes.api import Api, Conflict, Invalid, Json
from rollguard_actuator.drivers.kubernetes.patch import compared, guarded
from rollguard_runtime.errors import Permanent
from rollguard_schemas.targets import KubernetesService, KubernetesWorkload

_ATTEMPTS = 8
_Made = TypeVar("_Made")
Named = KubernetesWorkload | KubernetesService


class Stored:
    """The objects of one resource; ``group_version`` as in ``apps/v1``."""

    def __init__(self, group_version: str, resource: str, api: Api) -> None:
        self._group_version, self._resource, self.api = group_version, resource, api

    async def find(self, target: Named) -> Json | None:
        """Read a workload, None if it does not exist."""
        return await self.api.get(self.path(target))

    async def read(self, target: Named) -> Json:
        """Read a workload that must exist."""
        workload = await self.find(target)
        if workload is None:
            raise Permanent(f"{self._resource}/{target.name} does not exist in namespace {target.namespace}")
        return workload

    async def write(self, target: Named, read: Json, operations: list[Json], *, part: str = "", dry_run: bool = False) -> None:
        """Write the object, or its ``part`` such as ``/status``, if it is what was read; raises ``Conflict`` if it is not."""
        try:
            await self.api.patch(self.path(target) + part, guarded(read, *operations), dry_run=dry_run)
        except Invalid as error:
            if compared(await self.read(target)) == compared(read):
                raise
            raise Conflict(f"{self._resource}/{target.name} was changed by somebody else") from error

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
