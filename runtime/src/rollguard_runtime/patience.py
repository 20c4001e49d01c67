"""
Patience: what fails for the moment is tried again, after a wait that grows, for as long as the service runs.

The waiting shows as waiting in the liveness, neither as silence nor as readiness: a restart would not bring the broker back.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rollguard_runtime import logs, metrics
from rollguard_runtime.errors import Temporary
from rollguard_runtime.liveness import Progress

_MAX_WAIT_SECONDS = 30.0
_STEP_SECONDS = 0.5
_Result = TypeVar("_Result")

log = logs.get("patience")


class Patience:
    """The patience of one named loop."""

    def __init__(self, loop: str, progress: Progress) -> None:
        self._loop, self._progress = loop, progress

    async def until_it_works(self, call: Callable[[], Awaitable[_Result]], stop: asyncio.Event) -> _Result | None:
        """Call; after ``Temporary`` wait, longer each time, and call again. Returns None when stopped while waiting."""
        wait = 0.0
        while True:
            try:
                return await call()
            except Temporary as error:
                wait = min(_MAX_WAIT_SECONDS, max(error.retry_after_seconds, wait * 2))
                metrics.RETRIES.labels(self._loop).inc()
                log.warning("waiting", loop=self._loop, seconds=wait, because=str(error))
            if await self.stopped_within(wait, stop):
                return None

    async def stopped_within(self, seconds: float, stop: asyncio.Event) -> bool:
        """Wait in short steps, unless told to stop; say whether that was told."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not stop.is_set():
            self._progress.wait(self._loop)
            try:
                await asyncio.wait_for(stop.wait(), timeout=min(left, _STEP_SECONDS))
            except TimeoutError:
                continue
        return stop.is_set()
