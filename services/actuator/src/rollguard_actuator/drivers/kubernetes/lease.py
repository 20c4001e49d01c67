"""
The lease that lets one actuator act at a time, as a Lease object of the API server.

Every write names the version that was read, so of two that take it at once one is turned away. The epoch is ``leaseTransitions``.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from rollguard_actuator.core.tenure import Lease, Sight, look, next_epoch, turn
from rollguard_actuator.drivers.kubernetes.api import Api, Conflict, Json
from rollguard_actuator.drivers.kubernetes.rights import Right

NAME = "rollguard-actuator"
LEASE_RIGHTS = (Right(group="coordination.k8s.io", resource="leases", verbs=frozenset({"create", "get", "patch"})),)


class KubernetesLease:
    """The lease in one namespace, as one process sees it; ``me`` must be no other process's name."""

    def __init__(
        self,
        api: Api,
        *,
        namespace: str,
        me: str,
        duration_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,  # noqa: TID251  # a driver is a shell; the core is told the time
    ) -> None:
        self.duration_seconds = duration_seconds
        self._api, self._me, self._monotonic, self._clock = api, me, monotonic, clock
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._sight: Sight | None = None

    async def hold(self) -> int | None:
        """Take or renew it; return the epoch while it is ours, None while it is another's. Raises as ``Api`` does."""
        lease = await self._read()
        self._sight = look(self._sight, lease, self._monotonic())
        what = turn(lease, self._sight, self._me, self._monotonic())
        if what == "wait" or (what == "create" and lease is not None):
            return None
        epoch = lease.epoch if lease is not None and what == "renew" else next_epoch(lease, self._clock())
        try:
            await self._write(lease, self._me, epoch)
        except Conflict:
            return None
        return epoch

    async def release(self) -> None:
        """Give it back, so that the next one need not wait for it to run out; another's is left alone."""
        lease = await self._read()
        if lease is not None and lease.holder == self._me:
            await self._write(lease, "", lease.epoch)

    async def _read(self) -> Lease | None:
        found = await self._api.get(f"{self._collection}/{NAME}")
        if found is None:
            return None
        spec = found.get("spec", {})
        return Lease(
            holder=spec.get("holderIdentity") or "",
            epoch=spec.get("leaseTransitions", 0),
            version=found["metadata"]["resourceVersion"],
            duration_seconds=spec.get("leaseDurationSeconds", self.duration_seconds),
        )

    async def _write(self, lease: Lease | None, holder: str, epoch: int) -> None:
        spec = self._spec(holder, epoch)
        if lease is None:
            await self._api.create(self._collection, {"metadata": {"name": NAME}, "spec": spec})
            return
        version = {"op": "replace", "path": "/metadata/resourceVersion", "value": lease.version}
        await self._api.patch(f"{self._collection}/{NAME}", [version, {"op": "replace", "path": "/spec", "value": spec}])

    def _spec(self, holder: str, epoch: int) -> Json:
        now = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        times = {"renewTime": now, "leaseDurationSeconds": max(1, round(self.duration_seconds))}
        return {**times, "leaseTransitions": epoch, **({"holderIdentity": holder} if holder else {})}
