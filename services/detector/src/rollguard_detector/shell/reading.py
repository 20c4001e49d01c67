"""
One source of history, read with patience.

A source that fails is read again from where it came to. After so long without a stretch it is given up: history makes the detector
better, it must not keep it from starting. Waiting shows as waiting in the liveness, whoever is waited for.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Literal

from rollguard_detector.core.history import HistorySource, Span, Stretch
from rollguard_detector.shell import metrics
from rollguard_runtime import logs
from rollguard_runtime.errors import Permanent, Rejected, Temporary
from rollguard_runtime.liveness import Progress
from rollguard_runtime.patience import Patience

LOOP = "backfill"
_STEP_SECONDS = 0.5
_MAX_WAIT_SECONDS = 30.0
State = Literal["reading", "read", "cut-short", "stopped"]
log = logs.get("backfill")


class Reading:
    """The reading of one source; ``because`` is why it was cut short."""

    def __init__(
        self,
        source: HistorySource,
        span: Span,
        *,
        patience_seconds: float,
        progress: Progress,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source, self.reached_seconds = source, span.since_seconds
        self.state: State = "reading"
        self.because = ""
        self._until, self._patience_seconds = span.until_seconds, patience_seconds
        self._progress, self._clock = progress, clock
        self._wait = 0.0

    async def stretches(self, stop: asyncio.Event) -> AsyncGenerator[Stretch, None]:
        """Yield stretches until the source ends, is given up, or we are told to stop; raises nothing of the source's."""
        deadline = self._clock() + self._patience_seconds
        while self.state == "reading":
            try:
                async with aclosing(self.source.read(Span(self.reached_seconds, self._until))) as stream:
                    while (stretch := await self._next(stream, deadline, stop)) is not None:
                        yield stretch
                        self.reached_seconds, self._wait = max(self.reached_seconds, stretch.until_seconds), 0.0
                        deadline = self._clock() + self._patience_seconds
            except Temporary as error:
                await self._wait_or_give_up(error, deadline, stop)
            except Permanent as error:
                self._give_up(error)

    async def _next(self, stream: AsyncIterator[Stretch], deadline: float, stop: asyncio.Event) -> Stretch | None:
        """Wait for the next stretch, up to the deadline; None at the end, which is then noted."""
        task = asyncio.ensure_future(anext(stream, None))
        try:
            while not task.done() and not stop.is_set():
                if self._clock() > deadline:
                    raise Temporary(f"{self.source.name} gave nothing for {self._patience_seconds:g} s")
                self._progress.wait(LOOP)
                await asyncio.wait([task], timeout=_STEP_SECONDS)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])
        if stop.is_set():
            if not task.cancelled():
                task.exception()  # asked for, since one that nobody asks for is complained about
            self.state = "stopped"
            return None
        stretch = task.result()
        if stretch is None:
            self.state, self.reached_seconds = "read", self._until
        return stretch

    async def _wait_or_give_up(self, error: Temporary, deadline: float, stop: asyncio.Event) -> None:
        self._wait = min(_MAX_WAIT_SECONDS, max(error.retry_after_seconds, self._wait * 2))
        if self._clock() + self._wait > deadline:
            self._give_up(error)
            return
        _note(error)
        log.warning("history does not answer, asked again", source=self.source.name, seconds=self._wait, because=str(error))
        if await Patience(LOOP, self._progress).stopped_within(self._wait, stop):
            self.state = "stopped"

    def _give_up(self, error: Exception) -> None:
        _note(error)
        self.state, self.because = "cut-short", str(error)


def _note(error: Exception) -> None:
    kind = "rejected" if isinstance(error, Rejected) else "temporary" if isinstance(error, Temporary) else "permanent"
    metrics.BACKFILL_ERRORS.labels(kind).inc()
    metrics.BACKFILL_LAST_ERROR.set_to_current_time()
