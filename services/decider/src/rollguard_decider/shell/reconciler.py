"""
The reconciler: every signal gets its answer, even those that faust lost.

faust 0.15.3 was seen to commit past records that no agent was given, after a process was killed. So signals are compared with
answers on plain Kafka, and what was passed over is published again, with the same id and the same bytes, where the decider knows a
duplicate when it sees one. A signal that stays unanswered becomes a dead letter and a number that alerts.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from rollguard_decider.settings import DeciderSettings
from rollguard_decider.shell import metrics
from rollguard_decider.shell.context import Context
from rollguard_decider.shell.publisher import Publisher
from rollguard_decider.shell.stopping import repeat
from rollguard_decider.shell.waiting import Waiting
from rollguard_runtime import logs
from rollguard_runtime.bus import Record
from rollguard_runtime.liveness import Progress
from rollguard_schemas.codec import OutgoingRecord

LOOP = "reconciler"
_EVERY_SECONDS = 1.0

log = logs.get("reconciler")

WasRead = Callable[[Record], Awaitable[bool]]


class Reconciler:
    """``was_read`` says whether this process's own reader has come past a record; before that there is nothing to mend."""

    def __init__(
        self,
        settings: DeciderSettings,
        context: Context,
        publisher: Publisher,
        was_read: WasRead,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._after_seconds = settings.unanswered_after_seconds
        self._max_attempts = settings.resubmit_attempts
        self._context, self._publisher, self._was_read, self._clock = context, publisher, was_read, clock

    async def run(self, stop: asyncio.Event, progress: Progress) -> None:
        """Reconcile until told to stop."""
        await repeat(self.step, every_seconds=_EVERY_SECONDS, loop=LOOP, stop=stop, progress=progress)

    async def step(self) -> int:
        """Put forward again what waits for too long; return how many signals that were."""
        waiting = self._context.waiting.due(self._clock(), self._after_seconds)
        passed_over = [one for one in waiting if await self._was_read(one.record)]
        for one in passed_over:
            if one.attempts < self._max_attempts:
                await self._resubmit(one)
            else:
                await self._abandon(one)
        return len(passed_over)

    async def _resubmit(self, one: Waiting) -> None:
        one.attempts += 1
        one.since_seconds = self._clock()
        metrics.RESUBMITTED.inc()
        log.warning("unanswered signal published again", signal=one.signal_id, attempt=one.attempts, offset=one.record.offset)
        again = OutgoingRecord(
            one.record.topic, one.record.key, one.record.value, one.record.headers, partition=one.record.partition
        )
        await self._publisher.publish([again])

    async def _abandon(self, one: Waiting) -> None:
        detail = f"{one.attempts} times put forward, never answered"
        await self._publisher.bury(one.record, stage="reconcile", reason="unanswered", detail=detail)
        self._context.waiting.give_up(one.signal_id)
        metrics.ABANDONED.inc()
