"""
Begins a hold before a move, and looks after it until nobody wants the suspect any more.
"""

from collections.abc import Callable

from rollguard_actuator.core.ports import Move
from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.gitops import holding
from rollguard_actuator.drivers.kubernetes.gitops.locks import LOCKS
from rollguard_actuator.drivers.kubernetes.kind import Kind
from rollguard_actuator.drivers.kubernetes.notes import read_claim, read_hold, read_moved
from rollguard_actuator.drivers.kubernetes.stored import Stored
from rollguard_runtime.errors import Permanent
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import KubernetesWorkload


class Holder:
    """Holds rollbacks of workloads of one kind."""

    def __init__(self, kind: Kind, stored: Stored) -> None:
        self._kind, self._stored = kind, stored

    async def objection(self, target: KubernetesWorkload, workload: Json) -> str | None:
        """Say why an owner that is to be locked cannot be, or None."""
        if self._kind.abort_returns_to(workload) is not None:
            return None
        for owner in holding.to_lock(target, workload, None):
            if (reason := await LOCKS[owner].objection(self._stored.api, workload)) is not None:
                return reason
        return None

    async def begin(self, target: KubernetesWorkload, move: Move) -> None:
        """Keep the owners that the policy lists from undoing the move; what this decision locked before is only closed again."""
        workload = await self._stored.seen(target)
        hold, claim = read_hold(workload), read_claim(workload)
        owners = holding.to_lock(target, workload, hold)
        if not owners or claim is None or self._kind.abort_returns_to(workload) == move.to_revision:
            return
        if hold is None or hold.decision_id != claim.decision_id:
            if (reason := await self.objection(target, workload)) is not None:
                raise Permanent(reason)
            hold, operations = holding.begun(workload, move, claim.decision_id, owners)
            await self._stored.write(target, workload, operations)
        await holding.close(self._stored.api, workload, hold)

    async def tend(self, target: KubernetesWorkload, is_pending: Callable[[str], bool]) -> Step | None:
        """Say when somebody put the suspect back, and end the hold once nobody wants the suspect any more."""
        workload = await self._stored.find(target)
        hold = None if workload is None else read_hold(workload)
        if workload is None or hold is None or is_pending(hold.decision_id):
            return None
        moved, revision = read_moved(workload), self._kind.live(workload, await self._kind.revisions(self._stored.api, workload))
        was_moved = moved is not None and moved.decision_id == hold.decision_id
        if was_moved and revision == hold.suspect_revision:
            return holding.as_reverted(hold)
        if was_moved and not await holding.may_end(self._stored.api, workload, hold):
            return None
        await self._stored.write(target, workload, await holding.end(self._stored.api, workload, hold))
        return holding.as_released(hold)
