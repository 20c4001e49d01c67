"""
Runs the faust application inside our own process, and judges it by its progress.

faust's own worker redirects standard output, installs its own signal handlers and logs in lines that are no JSON. Its consumer was
seen to stall for good while everything around it looked alive: so lag that stays while no committed offset moves ends the process.
"""

import asyncio
from collections.abc import Iterator

import faust
from faust.types import TP

from rollguard_decider.shell.desk import HEARD
from rollguard_decider.shell.stopping import stopped_within, until_stopped
from rollguard_runtime import logs, metrics
from rollguard_runtime.bus import Record
from rollguard_runtime.liveness import Progress

LOOP = "faust"
_EVERY_SECONDS = 1.0
_STOP_WITHIN_SECONDS = 10.0

log = logs.get("worker")


class Stalled(RuntimeError):
    """There is work, and nothing was committed for too long: only a new process gets it moving."""


class Worker:
    """One application, from its start to its end."""

    def __init__(self, app: faust.App, progress: Progress) -> None:
        self._app, self._progress = app, progress
        self._committed: dict[TP, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """
        Run until told to stop.

        Raises:

            Stalled: when the application goes on living without getting on.
        """
        self._progress.expect(LOOP)
        try:
            await until_stopped(self._start(), stop)
            while not await stopped_within(_EVERY_SECONDS, stop):
                await self.watch()
        finally:
            await self._stop()

    def owns(self, record: Record) -> bool:
        """Say whether the application's consumer owns the record's partition; of all topics it owns the same ones."""
        return not self._app.rebalancing and TP(HEARD[0], record.partition) in self._app.consumer.assignment()

    async def was_read(self, record: Record) -> bool:
        """Say whether the application's consumer owns the record's partition and has come past it."""
        if not self.owns(record):
            return False
        position = await self._app.consumer.position(TP(record.topic, record.partition))
        return position is not None and position > record.offset

    async def watch(self) -> None:
        """Take stock once."""
        if self._app.crashed:
            raise RuntimeError(f"faust crashed: {self._app.crash_reason!r}")
        if not self._app.rebalancing:
            self._progress.beat(LOOP)
            committed = self._committed_now()
            is_behind = any(self._lags(committed))
            self._progress.advance(LOOP, is_behind=is_behind and committed == self._committed)
            self._committed = committed
        complaint = self._progress.complaint()
        if complaint:
            raise Stalled(complaint)

    def _committed_now(self) -> dict[TP, int]:
        known = self._app.consumer._committed_offset  # type: ignore[attr-defined]  # noqa: SLF001  # faust tells it nowhere else
        return {partition: known[partition] or 0 for partition in self._app.consumer.assignment() if partition.topic in HEARD}

    def _lags(self, committed: dict[TP, int]) -> Iterator[int]:
        for partition, offset in committed.items():
            lag = max(0, (self._app.consumer.highwater(partition) or 0) - offset)
            metrics.LAG.labels(partition.topic, partition.partition).set(lag)
            yield lag

    async def _start(self) -> None:
        await self._app.start()
        log.info("deciding", partitions=len(self._app.consumer.assignment()))

    async def _stop(self) -> None:
        try:
            await asyncio.wait_for(self._app.stop(), _STOP_WITHIN_SECONDS)
        except TimeoutError:
            log.warning("faust did not stop in time", seconds=_STOP_WITHIN_SECONDS)
