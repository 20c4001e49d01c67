"""
A process of the actuator in a world without a network: it waits for the lease, acts while it holds it, and can end at any request.

Its decisions are offered to the handler again after a ``Temporary``, as the pump does, without the pump's waiting in between.
"""

from actuator.api_model import ModelApi
from actuator.process import Actuator
from actuator.registry import Killed
from rollguard_actuator.drivers.by_target import ByTarget
from rollguard_actuator.drivers.kubernetes.deployment import Deployment
from rollguard_actuator.drivers.kubernetes.lease import KubernetesLease
from rollguard_actuator.drivers.kubernetes.workload import WorkloadDriver
from rollguard_actuator.shell.fenced import Fenced
from rollguard_actuator.shell.holds import Holds
from rollguard_actuator.shell.tenure import Lost, Tenure
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.targets import KubernetesDeployment


class Seat(Actuator):
    """One process; ``is_acting`` once it holds the lease and knows the log."""

    def __init__(self, bus, wire, clock, me, lease_seconds):
        api = ModelApi(wire)
        lease = KubernetesLease(api, namespace="rollguard", me=me, duration_seconds=lease_seconds, monotonic=clock, clock=clock)
        self.tenure = Tenure(lease, monotonic=clock)
        drivers = ByTarget({KubernetesDeployment: WorkloadDriver(Deployment(), api)}, missing="-")
        super().__init__(bus, None, clock, driver=Fenced(drivers, self.tenure), turn=self.tenure.epoch)
        self.is_acting, self._offered = False, []

    async def act(self, what):
        """Do something if it is this process's turn. False when the process ended in it."""
        try:
            if await self._has_the_turn():
                await what(self)
        except Temporary:
            return True
        except (Killed, Lost, Permanent):
            return False
        return True

    async def _has_the_turn(self):
        if self.is_acting:
            await self.tenure.keep()
            return True
        await self.tenure._ask()
        if self.tenure.epoch() is None:
            return False
        await self.start()
        self.is_acting = True
        return True

    async def decide(self):
        """Handle what is on the decisions topic; what failed for the moment is offered again the next time."""
        if not self._offered:
            records = await self._source.poll(max_records=100, timeout_seconds=0)
            self._offered = [self.handler.read(record) for record in records]
        await self.handler.handle(self._offered)
        await self._source.commit({(r.record.topic, r.record.partition): r.record.offset + 1 for r in self._offered})
        self._offered = []

    async def tend(self):
        """Look after holds."""
        await Holds(self.journal, self.driver).tend()

    def leave(self):
        """Leave the group, as a process that ended does."""
        if self._source in (members := self.bus.members[self._source._group]):
            members.remove(self._source)
            if members:
                self.bus.rebalance(self._source._group)
