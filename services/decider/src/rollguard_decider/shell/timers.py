"""
The clock on the wall: looks whether an approval's time is over, and has the desk say so.

What waits is known from the decisions topic, so a process that takes a partition over takes its timers over as well. Only the time
of looking is this clock's; what is said, and with which time, is the core's.
"""

import asyncio
import time
from collections.abc import Callable

from rollguard_decider.core.timers import due_at
from rollguard_decider.shell.context import Context
from rollguard_decider.shell.desk import Desk
from rollguard_decider.shell.stopping import repeat
from rollguard_runtime import logs
from rollguard_runtime.bus import Record
from rollguard_runtime.liveness import Progress

LOOP = "timers"
_EVERY_SECONDS = 1.0

log = logs.get("timers")


class Timers:
    """``owns`` says whether this process may speak for a record's partition."""

    def __init__(
        self,
        context: Context,
        desk: Desk,
        owns: Callable[[Record], bool],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._context, self._desk, self._owns, self._clock = context, desk, owns, clock

    async def run(self, stop: asyncio.Event, progress: Progress) -> None:
        """Look until told to stop."""
        await repeat(self.step, every_seconds=_EVERY_SECONDS, loop=LOOP, stop=stop, progress=progress)

    async def step(self) -> int:
        """Say what is due; return how many were said."""
        said, now = 0, self._clock()
        for decision, record in self._context.asked.all():
            due = due_at(self._context.policies.get(decision.workload), decision)
            if not self._desk.is_open or due is None or due >= now or not self._owns(record):
                continue
            self._context.asked.forget(decision.id)
            try:
                said += await self._desk.time_is_up(decision, record.partition, now)
            except Exception:
                log.exception("an approval's end could not be said", decision=decision.id)
        return said
