"""
What serves now, and the step to what the alias names next.

The rule: load first, then swap. A version that cannot be loaded leaves the one before in place, is complained about once, and is
tried again at the next poll; a server that drops its model because the registry hiccups would be the incident itself.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from random import Random

from rollguard_example_server.faults import Effects, Fault, UnknownFault, parse
from rollguard_example_server.registry import Fetched, Model, NotServed, Registry
from rollguard_example_server.window import Window

log = logging.getLogger(__name__)


class Served:
    """A model version in service, with its fault; what it leaked goes with it."""

    def __init__(self, fetched: Fetched, clock: Callable[[], float]) -> None:
        self.revision = fetched.revision
        self._model: Model = fetched.model
        self._fault: Fault | None = parse(fetched.fault)
        self._clock, self._loaded_at = clock, clock()
        self._leak: list[bytes] = []
        self._chance = Random(0)

    def effects(self) -> Effects:
        """Return what its fault does now."""
        return self._fault.at(self._clock() - self._loaded_at) if self._fault else Effects()

    def answer(self, rows: Sequence[Sequence[float]], effects: Effects) -> list[int] | None:
        """Answer each row, some of them wrongly where the fault says so; None is a failure, whatever its cause."""
        if self._chance.random() < effects.error_ratio:
            return None
        try:
            answers = [int(answer) for answer in self._model.predict(rows)]
        except Exception:  # a model may raise anything; all of it is a failed request
            log.exception("revision %s failed", self.revision)
            return None
        return [1 - answer if self._chance.random() < effects.flipped_ratio else answer for answer in answers]

    def leak(self) -> None:
        """Hold as much memory as the fault says by now; ones, since untouched pages are not resident."""
        missing = self.effects().leaked_bytes - sum(map(len, self._leak))
        if missing > 0:
            self._leak.append(b"\x01" * missing)


class Serving:
    """Holds the version in service and follows the alias."""

    def __init__(self, registry: Registry, window: Window, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.current: Served | None = None
        self._registry, self._window, self._clock = registry, window, clock
        self._complaint = ""

    async def refresh(self) -> None:
        """Ask the alias once; load and swap when it names another revision."""
        try:
            revision = await asyncio.to_thread(self._registry.revision)
            if self.current is not None and self.current.revision == revision:
                self._complaint = ""
                return
            fetched = await asyncio.to_thread(self._registry.fetch, revision)
            self._swap(Served(fetched, self._clock))
        except (NotServed, UnknownFault) as error:
            self._complain(str(error))

    async def follow(self, poll_seconds: float) -> None:
        """Refresh for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(poll_seconds)

    def _swap(self, served: Served) -> None:
        before = self.current.revision if self.current else None
        self.current = served
        self._window.begin(served.revision)
        self._complaint = ""
        log.info("serving revision %s (before: %s)", served.revision, before)

    def _complain(self, complaint: str) -> None:
        if complaint != self._complaint:
            log.error("%s; still serving revision %s", complaint, self.current.revision if self.current else None)
        self._complaint = complaint
