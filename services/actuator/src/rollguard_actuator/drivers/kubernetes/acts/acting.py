"""
Makes and undoes acts on workloads of one kind, each by its row in the table.
"""

from rollguard_actuator.core.ports import Act, Undo
from rollguard_actuator.drivers.kubernetes.acts.table import ACTS
from rollguard_actuator.drivers.kubernetes.api import Forbidden
from rollguard_actuator.drivers.kubernetes.kind import Kind
from rollguard_actuator.drivers.kubernetes.notes import read_claim
from rollguard_actuator.drivers.kubernetes.overtaken import refuse_overtaken
from rollguard_actuator.drivers.kubernetes.rights import Right
from rollguard_actuator.drivers.kubernetes.stored import Stored
from rollguard_schemas.event import type_name
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import KubernetesWorkload


def act_rights(kind: Kind, actions: frozenset[str] | None = None) -> tuple[Right, ...]:
    """Return what the acts that fit this kind need, each once; of these actions, or of all."""
    acts = (act for action, act in ACTS.items() if actions is None or type_name(action) in actions)
    return tuple(dict.fromkeys(right for act in acts for right in act.rights(kind)))


class Acting:
    """Acts on workloads of one kind."""

    def __init__(self, kind: Kind, stored: Stored) -> None:
        self._kind, self._stored = kind, stored
        self.actions = frozenset(type_name(action) for action, act in ACTS.items() if act.fits(kind))

    async def rehearse(self, target: KubernetesWorkload, act: Act) -> str:
        """Say what would be done, in words."""
        try:
            step = await self._make(target, act, dry_run=True)
        except Forbidden as error:
            return f"this account may not do it: {error}"
        moved = f"{step.before} -> {step.after}" if step.after is not None else ""
        return "; ".join(text for text in (step.name, moved, step.detail) if text)

    async def make(self, target: KubernetesWorkload, act: Act) -> Step:
        """Do it."""
        return await self._make(target, act, dry_run=False)

    async def undo(self, target: KubernetesWorkload, undo: Undo) -> Step:
        """Put back whatever the decision did; the acts know by their notes whether it was theirs."""
        steps = []
        for act in ACTS.values():
            workload = await self._stored.read(target)
            refuse_overtaken(read_claim(workload), undo.epoch)
            steps.append(await act.undo(self._stored, target, workload, undo.decision_id))
        return next((step for step in steps if step.status == "done"), steps[-1])

    async def _make(self, target: KubernetesWorkload, act: Act, *, dry_run: bool) -> Step:
        workload = await self._stored.read(target)
        refuse_overtaken(read_claim(workload), act.epoch)
        how = ACTS[type(act.decision)]
        return await how.make(self._kind, self._stored, target, workload, act.decision, dry_run=dry_run)
