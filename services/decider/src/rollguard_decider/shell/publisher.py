"""
Publishing until the broker has it: decisions, signals that are put forward again, and dead letters.

A broker that does not answer is waited for without end, since giving up would leave a signal unanswered. A flood of dead letters
ends the process instead of draining a topic that a wrong deployment of ours cannot read.
"""

import asyncio
from collections.abc import Sequence

from rollguard_runtime import logs
from rollguard_runtime import metrics as shared_metrics
from rollguard_runtime.bus import Record, Sink
from rollguard_runtime.dead_letters import DeadLetterLimit, dead_letter
from rollguard_runtime.errors import Temporary
from rollguard_schemas.codec import OutgoingRecord

SERVICE = "decider"
_LONGEST_WAIT_SECONDS = 30.0

log = logs.get("publisher")


class Publisher:
    """The one way out."""

    def __init__(self, sink: Sink, *, dead_letter_limit: int) -> None:
        self._sink = sink
        self._limit = DeadLetterLimit(dead_letter_limit)

    async def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Return once the broker has acknowledged every record."""
        if not records:
            return
        wait_seconds = 0.0
        while True:
            try:
                await self._sink.publish(records)
                break
            except Temporary as error:
                wait_seconds = min(_LONGEST_WAIT_SECONDS, max(error.retry_after_seconds, wait_seconds * 2))
                shared_metrics.RETRIES.labels(SERVICE).inc()
                log.warning("waiting to publish", seconds=wait_seconds, because=str(error))
                await asyncio.sleep(wait_seconds)
        for record in records:
            shared_metrics.PUBLISHED.labels(record.topic).inc()

    def good(self) -> None:
        """A record was read: the input makes sense."""
        self._limit.good()

    async def bury(self, record: Record, *, stage: str, reason: str, detail: str) -> None:
        """
        Publish the dead letter of a record.

        Raises:

            FloodOfDeadLetters: when nothing good came for too long.
        """
        self._limit.bad()
        await self._dead_letter(record, stage=stage, reason=reason, detail=detail)

    async def refuse(self, record: Record, *, reason: str, detail: str) -> None:
        """Publish the dead letter of a record that can be read and must not count; whoever may write must not stop us by it."""
        await self._dead_letter(record, stage="obey", reason=reason, detail=detail)

    async def _dead_letter(self, record: Record, *, stage: str, reason: str, detail: str) -> None:
        shared_metrics.DEAD_LETTERS.labels(record.topic, reason).inc()
        log.warning(
            "dead letter", topic=record.topic, partition=record.partition, offset=record.offset, reason=reason, detail=detail
        )
        await self.publish([dead_letter(record, service=SERVICE, stage=stage, reason=reason, detail=detail)])
