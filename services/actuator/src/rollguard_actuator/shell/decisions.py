"""
The handler of rollguard-decisions: each decision that asks for something gets exactly one answer.

Answers are published here, one by one, and not handed to the pump: when the registry fails for one decision of a batch, those that
were answered stay answered. A decision that is delivered again finds its answer in the ledger, or its own claim on the target.

Decisions about one workload are performed one after another, in the order of the log; those about others beside them, a few at a
time: a target that is slow, or away, keeps nobody else's rollback waiting.
"""

import asyncio
from collections.abc import Callable, Sequence

from rollguard_actuator.core.lifecycle import OPEN, advance
from rollguard_actuator.core.outcomes import ended, planned
from rollguard_actuator.core.plan import Plan, unwanted
from rollguard_actuator.core.ports import Displaced, Driver
from rollguard_actuator.shell import metrics
from rollguard_actuator.shell.fenced import NotOurTurn, Turn, without_end
from rollguard_actuator.shell.journal import Journal
from rollguard_actuator.shell.perform import perform
from rollguard_actuator.shell.together import Together
from rollguard_runtime import logs
from rollguard_runtime.bus import Record
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_runtime.pump import Received
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.decisions import Action, RollbackDecided
from rollguard_schemas.outcomes import Failed, Outcome, Skipped, Step, Superseded
from rollguard_schemas.targets import Target, driver_of
from rollguard_schemas.topics import DECISIONS

# More at once would wait for a thread or a connection: the official client has ten, and the machine is not ours alone.
AT_ONCE = 8

log = logs.get("decisions")


class Decisions:
    """Performs decisions with a driver; ``beat`` is told after each, since a batch may take long."""

    def __init__(
        self,
        journal: Journal,
        driver: Driver[Target],
        *,
        clock: Callable[[], float],
        beat: Callable[[], None],
        turn: Turn = without_end,
    ) -> None:
        self._journal, self._driver = journal, driver
        self._clock, self._beat, self._turn = clock, beat, turn
        self._attempts: dict[str, int] = {}

    def read(self, record: Record) -> Received:
        """Read a decision."""
        decoded = codec.decode(DECISIONS, record.value, record.headers)
        return Received(record, decoded.event, decoded.traceparent)

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Answer what is not answered yet; raises ``Temporary`` while a target does not answer, once all others were heard."""
        await self._journal.refresh()
        queues: dict[str, list[Received]] = {}
        for received in batch:
            if isinstance(received.event, Action):
                queues.setdefault(received.event.workload, []).append(received)
        places = asyncio.Semaphore(AT_ONCE)
        ends = await asyncio.gather(*(self._answer_in_turn(queue, places) for queue in queues.values()), return_exceptions=True)
        self._beat()
        errors = [end for end in ends if isinstance(end, BaseException)]
        for error in sorted(errors, key=lambda error: isinstance(error, Temporary)):
            raise error
        return ()

    async def _answer_in_turn(self, queue: Sequence[Received], places: asyncio.Semaphore) -> None:
        """Answer the decisions about one workload; the first that has to wait lets those behind it wait too."""
        async with places:
            for received in queue:
                await self._answer(received.event, received.traceparent)
                self._beat()

    async def _answer(self, decision: Action, traceparent: str | None) -> None:
        life = self._journal.ledger(decision.workload).life(decision.id)
        if life not in OPEN:
            return
        with logs.bound(workload=decision.workload, decision_id=decision.id):
            turn = self._turn()
            outcome = await self._outcome(decision)
            if turn is None or self._turn() != turn:
                # Whoever took over performs it too, and may have come to another end: one of us may say so.
                raise NotOurTurn("the turn of this actuator ended before it could answer")
            advance(self._journal.ledger(decision.workload).life(decision.id), type(outcome))
            await self._journal.publish([outcome], traceparent=traceparent)
            self._attempts.pop(decision.id, None)

    async def _outcome(self, decision: Action) -> Outcome:
        attempt = self._attempts[decision.id] = self._attempts.get(decision.id, 0) + 1
        now = self._clock()
        reason = unwanted(decision, self._driver.capabilities)
        if reason is not None:
            return ended(Skipped, decision, summary=reason, now_unix_seconds=now, attempt=attempt)
        steps: list[Step] = []
        try:
            made = await self._perform(decision, steps, attempt, now)
        except (Temporary, Permanent, Displaced) as error:
            self._count(decision, error)
            if isinstance(error, Temporary) and self._clock() <= self._waits_until(decision):
                raise
            return self._gave_up(decision, error, steps, attempt)
        if made.verdict == "move":
            metrics.ACTION_SECONDS.observe(max(0.0, self._clock() - decision.time_unix_seconds))
        return planned(decision, made, self._driver.capabilities, now_unix_seconds=now, attempt=attempt, steps=steps)

    async def _perform(self, decision: Action, steps: list[Step], attempt: int, now: float) -> Plan:
        ledger = self._journal.ledger(decision.workload)
        if not isinstance(decision, RollbackDecided) or not decision.also:
            return await perform(self._driver, decision, ledger, steps, now_unix_seconds=now)
        together = Together(self._driver, decision, ledger, self._say, attempt=attempt)
        return await together.perform(steps, now_unix_seconds=now)

    def _waits_until(self, decision: Action) -> float:
        """What is being put back is waited for longer than what was to be done: half of it is worse than either."""
        is_on_its_way_back = self._journal.ledger(decision.workload).life(decision.id) == "compensating"
        return decision.deadline_unix_seconds + (decision.verification.within_seconds if is_on_its_way_back else 0.0)

    async def _say(self, outcome: Outcome) -> None:
        await self._journal.publish([outcome])

    def _gave_up(self, decision: Action, error: Exception, steps: list[Step], attempt: int) -> Outcome:
        """Answer a decision that the driver did not carry out."""
        kind: type[Outcome] = Superseded if isinstance(error, Displaced) else Failed
        steps.append(Step(name="act", status="refused" if kind is Superseded else "failed", detail=str(error)))
        return ended(kind, decision, summary=str(error), now_unix_seconds=self._clock(), attempt=attempt, steps=steps)

    def _count(self, decision: Action, error: Exception) -> None:
        if not isinstance(error, Displaced):
            kind = "temporary" if isinstance(error, Temporary) else "permanent"
            metrics.DRIVER_ERRORS.labels(driver_of(decision.target), kind).inc()
