"""
Looks after rollbacks that are held against whoever has the desired state: each is told once when it is undone, and when it is over.
"""

from rollguard_actuator.core.lifecycle import OPEN
from rollguard_actuator.core.ports import Driver
from rollguard_actuator.shell import metrics
from rollguard_actuator.shell.journal import Journal
from rollguard_runtime import logs
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Target, describe

TEND_EVERY_SECONDS = 5.0
log = logs.get("holds")


class Holds:
    """Tends every target that a policy names."""

    def __init__(self, journal: Journal, driver: Driver[Target]) -> None:
        self._journal, self._driver = journal, driver
        self._told: dict[tuple[str, Target], Step] = {}

    async def tend(self) -> None:
        """Tend each once; raises the first ``Temporary`` in the end, so that one silent server hides no other."""
        silent: Temporary | None = None
        for workload, target in self._journal.named:
            try:
                self._tell(workload, target, await self._driver.tend(target, Pending(self._journal, workload)))
            except Temporary as error:
                silent = silent or error
            except Permanent as error:
                log.warning("a hold cannot be looked after", workload=workload, because=str(error))
        if silent is not None:
            raise silent

    def _tell(self, workload: str, target: Target, step: Step | None) -> None:
        if step is None:
            self._told.pop((workload, target), None)
        elif step != self._told.get((workload, target)):
            self._told[workload, target] = step
            is_over = step.status == "done"
            metrics.HOLDS.labels("released" if is_over else "reverted").inc()
            (log.info if is_over else log.error)(step.name, workload=workload, target=describe(target), detail=step.detail)


class Pending:
    """Says of a decision whether it is still being performed."""

    def __init__(self, journal: Journal, workload: str) -> None:
        self._journal, self._workload = journal, workload

    def __call__(self, decision_id: str) -> bool:
        """Answer from the ledger."""
        return self._journal.ledger(self._workload).life(decision_id) in OPEN
