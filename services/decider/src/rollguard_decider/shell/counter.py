"""
The counter: an order that asks for an answer (approve, roll back now) gets it before the signals that wait.

It answers by the desk, one record at a time with it, and only for workloads whose partition this process owns and whose state faust
has put back. The queue brings the same order later and finds it answered. What cannot be answered here is left to the queue.
"""

import asyncio
import time
from collections.abc import Callable

from rollguard_decider.shell.desk import Desk
from rollguard_decider.shell.stopping import repeat
from rollguard_decider.shell.waiting import WaitingList
from rollguard_runtime import logs
from rollguard_runtime.bus import Record
from rollguard_runtime.liveness import Progress

LOOP = "counter"
_EVERY_SECONDS = 0.05
_LEFT_TO_THE_QUEUE_SECONDS = 600.0

log = logs.get("counter")


class Counter:
    """``owns`` says whether this process may answer for a record's partition."""

    def __init__(
        self,
        waiting: WaitingList,
        desk: Desk,
        owns: Callable[[Record], bool],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._waiting, self._desk, self._owns, self._clock = waiting, desk, owns, clock

    async def run(self, stop: asyncio.Event, progress: Progress) -> None:
        """Answer orders until told to stop."""
        await repeat(self.step, every_seconds=_EVERY_SECONDS, loop=LOOP, stop=stop, progress=progress)

    async def step(self) -> int:
        """
        Answer what waits, each once; return how many that were.

        An old order without an answer was most likely done long ago, and its answer has left its topic: only the queue knows.
        """
        answered = 0
        if not self._desk.is_open:
            return answered
        for one in self._waiting.all():
            is_fresh = self._clock() - one.record.seconds < _LEFT_TO_THE_QUEUE_SECONDS
            if one.attempts or not is_fresh or not self._owns(one.record):
                continue
            one.attempts += 1
            answered += await self._answer(one.record)
        return answered

    async def _answer(self, record: Record) -> bool:
        try:
            return await self._desk.answer_first(record)
        except Exception:
            log.exception("an order is left to the queue", partition=record.partition, offset=record.offset)
            return False
