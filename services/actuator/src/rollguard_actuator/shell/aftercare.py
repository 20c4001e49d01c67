"""
Looks after what was done for a while, and after what only its target can prove.

A light model hands back once the primary is verified and ready, and no sooner: until then it answers, however long that takes. Each
move back is claimed like every other, so that a process that dies half-way is followed by one that finishes.
"""

from collections.abc import Callable

from rollguard_actuator.core import verification as verifications
from rollguard_actuator.core.aftercare import hand_back, to_look_at, to_put_back
from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.outcomes import concluded, put_back
from rollguard_actuator.core.plan import Plan
from rollguard_actuator.core.ports import Driver, Undo
from rollguard_actuator.shell.journal import Journal
from rollguard_actuator.shell.perform import move
from rollguard_runtime import logs
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.outcomes import ActionApplied, Step
from rollguard_schemas.targets import Target

CARE_EVERY_SECONDS = 1.0
log = logs.get("aftercare")


class Aftercare:
    """Looks at every workload of which something is left to be done."""

    def __init__(self, journal: Journal, driver: Driver[Target], *, clock: Callable[[], float]) -> None:
        self._journal, self._driver, self._clock = journal, driver, clock
        self._complained: dict[str, str] = {}

    async def care(self) -> None:
        """Look once; raises the first ``Temporary`` in the end, so that one silent server hides no other."""
        silent: Temporary | None = None
        for ledger in list(self._journal.ledgers.values()):
            todo = [(self._look_at, one) for one in to_look_at(ledger)]
            if not self._driver.capabilities.is_dry_run:
                todo += [(self._put_back, one) for one in to_put_back(ledger, self._clock())]
            for do, applied in todo:
                try:
                    await do(applied)
                except Temporary as error:
                    silent = silent or error
                except Permanent as error:
                    self._complain(applied, str(error))
        if silent is not None:
            raise silent

    async def _look_at(self, applied: ActionApplied) -> None:
        verification = self._journal.ledger(applied.workload).verifications[applied.decision_id]
        try:
            verification = verifications.look(verification, await self._driver.observe(applied.target))
        except Permanent as error:
            self._complain(applied, str(error))
        now = self._clock()
        if (outcome := concluded(verifications.tell_time(verification, now), now)) is not None:
            await self._journal.publish([outcome])

    async def _put_back(self, applied: ActionApplied) -> None:
        steps: list[Step] = []
        is_move = applied.until_decision_id is not None
        summary = await (self._hand_back(applied, steps) if is_move else self._undo(applied, steps))
        if summary is not None:
            self._complained.pop(applied.decision_id, None)
            await self._journal.publish([put_back(applied, steps, summary, self._clock())])

    async def _hand_back(self, applied: ActionApplied, steps: list[Step]) -> str | None:
        """Return what is to be said of it, None where it has to wait."""
        now = self._clock()
        wish = hand_back(applied, await self._driver.observe(applied.target), now)
        if wish is None:
            return "somebody else moved the target since: it is left where it is"
        made: Plan = await move(self._driver, wish, Ledger(), steps, now_unix_seconds=now)
        if made.verdict in ("move", "already-there"):
            return f"{applied.target_revision} hands back to {applied.suspect_revision}"
        self._complain(applied, made.summary)
        return None

    async def _undo(self, applied: ActionApplied, steps: list[Step]) -> str:
        steps.append(await self._driver.apply(applied.target, Undo(decision_id=applied.decision_id)))
        return "its time is over: what was there before is back"

    def _complain(self, applied: ActionApplied, because: str) -> None:
        """Log what keeps something from its end, once until it is another thing."""
        if self._complained.get(applied.decision_id) != because:
            self._complained[applied.decision_id] = because
            log.warning("not over yet", workload=applied.workload, decision_id=applied.decision_id, because=because)
