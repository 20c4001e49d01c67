"""
Watches the targets that policies name, and says when one of them moved.

A target that does not answer is no rollout: nothing is said, the others are looked at all the same, and the next look finds
whatever moved meanwhile.
"""

from collections.abc import Callable

from rollguard_actuator.core.ports import Driver
from rollguard_actuator.core.watch import moved
from rollguard_actuator.shell import metrics
from rollguard_actuator.shell.journal import Journal
from rollguard_runtime import logs
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.rollouts import Beside
from rollguard_schemas.targets import Target, describe, driver_of

log = logs.get("watcher")


class Watcher:
    """Looks at every target in turn; ``beat`` is told after each, since there may be many."""

    def __init__(self, journal: Journal, driver: Driver[Target], *, clock: Callable[[], float], beat: Callable[[], None]) -> None:
        self._journal, self._driver = journal, driver
        self._clock, self._beat = clock, beat
        self._complained: set[str] = set()

    async def look(self) -> None:
        """Look at every target once; raises the first ``Temporary`` in the end, so that one silent server hides no other."""
        silent: Temporary | None = None
        for workload, target in list(self._journal.targets.items()):
            try:
                await self._look_at(workload, target)
            except Temporary as error:
                silent = silent or error
            self._beat()
        if silent is not None:
            raise silent

    async def _look_at(self, workload: str, target: Target) -> None:
        try:
            seen = await self._driver.observe(target)
            also = await self._beside(workload)
        except Permanent as error:
            self._complain(workload, target, error)
            return
        self._complained.discard(workload)
        event = moved(workload, target, self._journal.ledger(workload), seen, self._clock(), also=also)
        if event is not None:
            await self._journal.publish([event])

    async def _beside(self, workload: str) -> tuple[Beside, ...]:
        """Return where the policy's other targets point; those that point nowhere are left out."""
        seen = [(target, (await self._driver.observe(target)).revision) for target in self._journal.also(workload)]
        return tuple(Beside(target=target, revision=revision) for target, revision in seen if revision is not None)

    def _complain(self, workload: str, target: Target, error: Permanent) -> None:
        """Log a target that cannot be watched, once until it can be again."""
        metrics.DRIVER_ERRORS.labels(driver_of(target), "permanent").inc()
        if workload not in self._complained:
            self._complained.add(workload)
            log.error("a target cannot be watched", workload=workload, target=describe(target), because=str(error))
