"""
A loop beside the pump: the same step again and again, patient with what is temporarily away, honest about its liveness.
"""

import asyncio
from collections.abc import Awaitable, Callable

from rollguard_runtime import logs, metrics
from rollguard_runtime.errors import Temporary
from rollguard_runtime.liveness import Progress

_MAX_WAIT_SECONDS = 30.0
_WAIT_STEP_SECONDS = 0.5

log = logs.get("loops")


class Loop:
    """A named loop of this process."""

    def __init__(self, name: str, *, progress: Progress, stop: asyncio.Event) -> None:
        self.name = name
        self._progress, self._stop = progress, stop

    def beat(self) -> None:
        """Show that it goes round and that nothing is left lying."""
        self._progress.beat(self.name)
        self._progress.advance(self.name, is_behind=False)

    async def repeat(self, step: Callable[[], Awaitable[None]], *, every_seconds: float) -> None:
        """Run a step until told to stop."""
        self._progress.expect(self.name)
        try:
            while await self.until_it_works(step):
                self.beat()
                if await self._stopped_within(every_seconds):
                    return
        finally:
            self._progress.forget(self.name)

    async def until_it_works(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Run a step once; after ``Temporary`` wait, longer each time, and run it again. False when stopped before it worked."""
        wait = 0.0
        while not self._stop.is_set():
            try:
                await step()
                return True
            except Temporary as error:
                wait = min(_MAX_WAIT_SECONDS, max(error.retry_after_seconds, wait * 2))
                metrics.RETRIES.labels(self.name).inc()
                log.warning("waiting", loop=self.name, seconds=wait, because=str(error))
            await self._stopped_within(wait)
        return False

    async def _stopped_within(self, seconds: float) -> bool:
        """Wait in short steps, so that waiting shows as progress."""
        left = seconds
        while left > 0 and not self._stop.is_set():
            self._progress.wait(self.name)
            try:
                await asyncio.wait_for(self._stop.wait(), timeout=min(left, _WAIT_STEP_SECONDS))
            except TimeoutError:
                left -= _WAIT_STEP_SECONDS
        return self._stop.is_set()
