"""
The pump: poll, handle, publish, commit, in that order and for ever.

Committing last is what makes it at-least-once: a process that is killed anywhere before the commit handles the same records again,
and the ids that come from causes let readers recognise what they have already. What cannot be read is dead-lettered; what fails for
the moment is tried again without losing its place; what makes the handler itself fail is found by handling the records one by one.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec

from rollguard_runtime import logs, metrics
from rollguard_runtime.batches import Batch
from rollguard_runtime.bus import Partition, Record, Sink, Source
from rollguard_runtime.dead_letters import DeadLetterLimit, dead_letter
from rollguard_runtime.liveness import Progress
from rollguard_runtime.patience import Patience
from rollguard_schemas.codec import Malformed, OutgoingRecord

MAX_RECORDS = 2_000
_POLL_SECONDS = 0.25
_LAG_EVERY_SECONDS = 2.0

log = logs.get("pump")


class Received(msgspec.Struct, frozen=True):
    """A record and the event that was read from it."""

    record: Record
    event: Any
    traceparent: str | None = None


class Handler(Protocol):
    """What a service does with records."""

    def read(self, record: Record) -> Received:
        """Turn bytes into an event, or raise ``Malformed``."""

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Return what is to be published; raise ``Temporary`` to be offered the same batch again."""


class Reading(NamedTuple):
    """What was read from the records of a poll, and the places of those that are none, which ascend, with why."""

    received: Sequence[Received]
    refused: Sequence[tuple[int, Malformed]]


@runtime_checkable
class BulkHandler(Handler, Protocol):
    """
    A handler that reads a poll in few steps.

    It is handed a ``Batch``, whose records it need not look at one by one. What it returns may be no list: it is handed to
    ``handle`` as it is, or, if that fails, taken apart and handed over one by one.
    """

    def read_many(self, records: Sequence[Record]) -> Reading:
        """Turn the bytes of a poll into events; raises nothing."""


def one_by_one(read: Callable[[Record], Received], records: Sequence[Record]) -> Reading:
    """Read a poll record by record."""
    received: list[Received] = []
    refused: list[tuple[int, Malformed]] = []
    for place, record in enumerate(records):
        try:
            received.append(read(record))
        except Malformed as error:
            refused.append((place, error))
    return Reading(received, refused)


class Keeper(Protocol):
    """Who keeps what a handler knows. It is asked when all that was handled is published and committed, and at no other time."""

    async def keep(self, next_offsets: Mapping[Partition, int]) -> None:
        """Note how far the batch led, nowhere if nothing came; raise ``Temporary`` to be asked again."""

    async def close(self) -> None:
        """Keep all, since nothing more will come."""


class NoKeeper:
    """Keeps nothing."""

    async def keep(self, next_offsets: Mapping[Partition, int]) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""


_NO_KEEPER = NoKeeper()


class Pump:
    """One loop over one source."""

    def __init__(
        self,
        *,
        name: str,
        service: str,
        source: Source,
        sink: Sink,
        handler: Handler,
        progress: Progress,
        dead_letter_limit: int,
        max_records: int = MAX_RECORDS,
        keeper: Keeper = _NO_KEEPER,
    ) -> None:
        self._name, self._service = name, service
        self._source, self._sink, self._handler, self._keeper = source, sink, handler, keeper
        self._progress = progress
        self._limits = {stage: DeadLetterLimit(dead_letter_limit) for stage in ("read", "handle")}
        self._patience = Patience(name, progress)
        self._lag_read_at, self._max_records = 0.0, max_records

    async def run(self, stop: asyncio.Event) -> None:
        """Pump until told to stop; a batch that was begun is finished."""
        self._progress.expect(self._name)
        await self._patience.until_it_works(self._source.start, stop)
        try:
            is_through = True
            while is_through and not stop.is_set():
                is_through = await self.step(stop) is not None
            if is_through:
                await self._patience.until_it_works(self._keeper.close, stop)
        finally:
            await self._source.stop()
            self._progress.forget(self._name)

    async def step(self, stop: asyncio.Event) -> int | None:
        """Handle one poll; return how many records it brought, or None if it was stopped before all of it was through."""
        poll = self._source.poll
        polled = await self._patience.until_it_works(
            lambda: poll(max_records=self._max_records, timeout_seconds=_POLL_SECONDS), stop
        )
        if polled is None:
            return None
        self._progress.beat(self._name)
        records = Batch.of(polled)
        for batch in records.again_and_new():  # apart, since what comes between may have to be told in between
            with metrics.HANDLE_SECONDS.labels(self._name).time():
                if not await self._take(batch, stop):
                    return None
            await self._patience.until_it_works(lambda batch=batch: self._keeper.keep(batch.next_offsets()), stop)  # type: ignore[misc]
        if not records:
            await self._patience.until_it_works(lambda: self._keeper.keep({}), stop)
        await self._watch_lag(has_advanced=bool(records))
        return len(records)

    async def _take(self, records: Batch, stop: asyncio.Event) -> bool:
        received, letters = self._read(records)
        results = await self._handle(received, letters, stop)
        if results is None:
            return False  # stopped while waiting: nothing is committed, the next process begins here
        if await self._patience.until_it_works(lambda: self._publish([*results, *letters]), stop) is None:
            return False  # as above: what was not published is not committed
        return await self._patience.until_it_works(lambda: self._commit(records), stop) is not None

    async def _commit(self, records: Batch) -> bool:
        await self._source.commit(records.next_offsets())
        return True

    def _read(self, records: Batch) -> tuple[Sequence[Received], list[OutgoingRecord]]:
        for topic, count in records.count_by_topic().items():
            metrics.CONSUMED.labels(topic).inc(count)
        handler = self._handler
        reading = handler.read_many(records) if isinstance(handler, BulkHandler) else one_by_one(handler.read, records)
        letters: list[OutgoingRecord] = []
        after = 0
        for place, error in reading.refused:
            if place > after:
                self._limits["read"].good()
            after = place + 1
            letters += self._letter(records[place], "read", error.reason, error.detail)
        if len(records) > after:
            self._limits["read"].good()
        return reading.received, letters

    def _letter(self, record: Record, stage: str, reason: str, detail: str) -> list[OutgoingRecord]:
        """Return the dead letter, unless an earlier process wrote it already."""
        if record.is_replayed:
            return []
        self._limits[stage].bad()
        metrics.DEAD_LETTERS.labels(record.topic, reason).inc()
        log.warning(
            "dead letter", topic=record.topic, partition=record.partition, offset=record.offset, reason=reason, detail=detail
        )
        return [dead_letter(record, service=self._service, stage=stage, reason=reason, detail=detail)]

    async def _handle(
        self, received: Sequence[Received], letters: list[OutgoingRecord], stop: asyncio.Event
    ) -> list[OutgoingRecord] | None:
        """Handle a batch; if it breaks the handler, handle its records one by one and dead-letter the guilty."""
        try:
            together = await self._patience.until_it_works(lambda: self._handler.handle(received), stop)
            return None if together is None else self._handled(together)
        except Exception:
            log.exception("a batch broke the handler; its records are tried one by one", records=len(received))
        results: list[OutgoingRecord] = []
        for one in received:
            try:
                of_one = await self._patience.until_it_works(lambda one=one: self._handler.handle([one]), stop)  # type: ignore[misc]
            except Exception as error:
                log.exception("a record breaks the handler", topic=one.record.topic, offset=one.record.offset)
                letters += self._letter(one.record, "handle", "handler-failed", repr(error))
                continue
            if of_one is None:
                return None
            results += self._handled(of_one)
        return results

    def _handled(self, results: Sequence[OutgoingRecord]) -> list[OutgoingRecord]:
        self._limits["handle"].good()
        return list(results)

    async def _publish(self, outgoing: Sequence[OutgoingRecord]) -> int:
        if outgoing:
            await self._sink.publish(outgoing)
        for topic, count in Counter(record.topic for record in outgoing).items():
            metrics.PUBLISHED.labels(topic).inc(count)
        return len(outgoing)

    async def _watch_lag(self, *, has_advanced: bool) -> None:
        if has_advanced:
            self._progress.advance(self._name, is_behind=False)
        if time.monotonic() - self._lag_read_at < _LAG_EVERY_SECONDS:
            return
        self._lag_read_at = time.monotonic()
        behind = await self._source.lag()
        for (topic, partition), records in behind.items():
            metrics.LAG.labels(topic, partition).set(records)
        self._progress.advance(self._name, is_behind=any(behind.values()))
