"""
A decision over several targets, as one: all of them go back, or those that went are put where they were.

The other targets go first and the main one last, so that what is hardest to put back never has to be. Each target that was changed
is said before the next is begun, and that the way leads back is said before the first step of it: a process that dies anywhere is
followed by one that goes on in the same direction.
"""

from collections.abc import Awaitable, Callable

from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.outcomes import END_OF, Told, between
from rollguard_actuator.core.plan import Plan, wish
from rollguard_actuator.core.ports import Claim, Displaced, Driver, Mark, Move, PutClaim
from rollguard_actuator.shell.perform import Asked, apply, look
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.decisions import RollbackDecided
from rollguard_schemas.outcomes import Compensating, Outcome, Step, StepApplied
from rollguard_schemas.targets import Target, describe

Say = Callable[[Outcome], Awaitable[None]]


class PutBackAgain(Permanent):
    """A later target could not be changed; those before it are where they were."""


class Together:
    """One decision; ``say`` publishes how far it has come."""

    def __init__(self, driver: Driver[Target], decision: RollbackDecided, ledger: Ledger, say: Say, *, attempt: int) -> None:
        self._driver, self._decision, self._ledger, self._say = driver, decision, ledger, say
        self._attempt = attempt
        legs = (wish(decision, leg.target, leg.suspect_revision, leg.target_revision) for leg in decision.also)
        self._parts: tuple[Asked, ...] = (*legs, decision)

    async def perform(self, steps: list[Step], *, now_unix_seconds: float) -> Plan:
        """
        Carry it out, and return the plan of the main target.

        Raises:

            Temporary: from a driver; trying again continues where this stopped.
            PutBackAgain: once everything that was changed is put back.
            Permanent, Displaced: if nothing was changed.
        """
        if self._ledger.life(self._decision.id) == "compensating":
            await self._back("a later target could not be changed", steps, now_unix_seconds)
        plans: list[Plan] = []
        try:
            plans.extend([await self._look(part, steps, now_unix_seconds) for part in self._parts])
        except Temporary as error:
            if now_unix_seconds > self._decision.deadline_unix_seconds and self._is_begun(plans):
                await self._turn_back(str(error), steps, now_unix_seconds)
            raise
        if (bad := next((made for made in plans if made.verdict in END_OF), None)) is not None:
            if self._is_begun(plans):
                await self._turn_back(bad.summary, steps, now_unix_seconds)
            return bad
        for part, made in zip(self._parts, plans, strict=True):
            await self._change(part, made, steps, now_unix_seconds)
        for part, made in zip(self._parts, plans, strict=True):
            await self._mark(part, made, steps)
        return plans[-1]

    def _is_told(self, part: Asked) -> bool:
        """Say whether a step needs no word: the main one has its own, a rehearsal makes none, one before us may have said it."""
        told = self._ledger.steps.get(self._decision.id, ())
        is_main, is_dry_run = part is self._decision, self._driver.capabilities.is_dry_run
        return is_main or is_dry_run or any(step.target == part.target for step in told)

    def _is_begun(self, plans: list[Plan]) -> bool:
        """Say whether a target was changed before, by what the topic has or by what the targets themselves show."""
        is_there = any(made.verdict == "already-there" for made in plans[: len(self._decision.also)])
        return is_there or self._decision.id in self._ledger.steps

    async def _look(self, part: Asked, steps: list[Step], now: float) -> Plan:
        ledger = self._ledger if part is self._decision else Ledger()
        return await look(self._driver, part, ledger, steps, now_unix_seconds=now)

    async def _change(self, part: Asked, made: Plan, steps: list[Step], now: float) -> None:
        mine: list[Step] = []
        try:
            for change in made.changes:
                if not isinstance(change, Mark):
                    await apply(self._driver, part.target, change, mine)
        except (Permanent, Displaced) as error:
            steps += mine
            if part is self._parts[0]:
                raise
            await self._turn_back(str(error), steps, now, until=part)
        steps += mine
        if not self._is_told(part):
            await self._tell(StepApplied, part, made.summary, mine, now)

    async def _mark(self, part: Asked, made: Plan, steps: list[Step]) -> None:
        for change in made.changes:
            if isinstance(change, Mark):
                await apply(self._driver, part.target, change, steps)

    async def _turn_back(self, why: str, steps: list[Step], now: float, until: Asked | None = None) -> None:
        if self._driver.capabilities.is_dry_run:
            raise Permanent(why)
        await self._tell(Compensating, until or self._decision, why, (), now)
        await self._back(why, steps, now)

    async def _back(self, why: str, steps: list[Step], now: float) -> None:
        steps.extend([await self._put_back(part, now) for part in reversed(self._parts[:-1])])
        raise PutBackAgain(f"{why}; what was changed before is as it was")

    async def _put_back(self, part: Asked, now: float) -> Step:
        """Put one target back if this decision has it: whoever moved it since keeps it."""
        seen, where = await self._driver.observe(part.target), describe(part.target)
        is_ours = seen.claim is not None and seen.claim.decision_id == self._decision.id
        if not is_ours or seen.revision != part.target_revision:
            return Step(name="put-back", status="already-done", detail=f"{where} was not changed, or not by this decision")
        claim = Claim(decision_id=part.id, fence=part.fence, revision=part.suspect_revision, at_unix_seconds=now)
        back = Move(
            from_revision=part.target_revision, to_revision=part.suspect_revision, decision_id=f"{part.id}-back", bars=False
        )
        try:
            await self._driver.apply(part.target, PutClaim(claim=claim))
            step = await self._driver.apply(part.target, back)
        except (Permanent, Displaced) as error:
            return Step(name="put-back", status="failed", detail=f"{where}: {error}")
        return Step(name="put-back", status="done", before=step.before, after=step.after, detail=where)

    async def _tell(
        self, kind: type[StepApplied | Compensating], part: Asked, summary: str, steps: list[Step] | tuple[()], now: float
    ) -> None:
        told = Told(summary=summary, steps=steps, attempt=self._attempt, now_unix_seconds=now)
        await self._say(between(kind, self._decision, part, told=told))
