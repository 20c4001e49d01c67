"""
A loop beside the pump: the same step again and again, patient with what is temporarily away, honest about its liveness.
"""

import asyncio
from collections.abc import Awaitable, Callable

from rollguard_runtime.liveness import Progress
from rollguard_runtime.patience import Patience


class Loop:
    """A named loop of this process."""

    def __init__(self, name: str, *, progress: Progress, stop: asyncio.Event) -> None:
        self.name = name
        self._progress, self._stop = progress, stop
        self._patience = Patience(name, progress)

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
                if await self._patience.stopped_within(every_seconds, self._stop):
                    return
        finally:
            self._progress.forget(self.name)

    async def rest(self, seconds: float) -> bool:
        """Wait, unless told to stop; say whether that was told."""
        return await self._patience.stopped_within(seconds, self._stop)

    async def until_it_works(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Run a step once, patiently. False when stopped before it worked."""
        if self._stop.is_set():
            return False

        async def worked() -> bool:
            await step()
            return True

        return bool(await self._patience.until_it_works(worked, self._stop))
