"""
One kind of act on workloads.

Made twice for one decision it is made once: what was done is written on the workload, in the same patch or before it, and whoever
comes back after a crash finishes from there.
"""

from typing import Any, Protocol

from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.kind import Kind
from rollguard_actuator.drivers.kubernetes.rights import Right
from rollguard_actuator.drivers.kubernetes.stored import Stored
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import KubernetesWorkload


class ActKind(Protocol):
    """What a decision of one type does to a workload that was read just now."""

    def rights(self, kind: Kind) -> tuple[Right, ...]:
        """Return what it needs on this kind of workload besides the right to read and patch it."""

    def fits(self, kind: Kind) -> bool:
        """Say whether this kind of workload knows it."""

    async def make(
        self, kind: Kind, stored: Stored, target: KubernetesWorkload, workload: Json, decision: Any, *, dry_run: bool
    ) -> Step:
        """Do it, or with ``dry_run`` have the server do everything but write; raises ``Conflict`` to be asked again."""

    async def undo(self, stored: Stored, target: KubernetesWorkload, workload: Json, decision_id: str) -> Step:
        """Put it back, unless somebody changed it since."""
