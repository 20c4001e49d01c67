"""
What the detector must know before it reads the first point: the policies with their objectives, and the rollouts.

Both are followed whole and without a group; points are polled only after they were caught up with, or the first forecasts would
be missing for want of an objective. A record here that cannot be read is counted and logged: its dead letter is the decider's,
which reads the same topics, and two services would write it twice.
"""

import asyncio

from rollguard_detector.core.detector import Detector
from rollguard_detector.core.revision_book import RevisionBook
from rollguard_detector.shell.metrics import CONTEXT_UNREADABLE
from rollguard_runtime import logs
from rollguard_runtime.bus import Bus, Record
from rollguard_runtime.errors import Temporary
from rollguard_runtime.liveness import Progress
from rollguard_runtime.patience import Patience
from rollguard_schemas import codec
from rollguard_schemas.codec import Malformed
from rollguard_schemas.topics import BY_NAME, POLICIES, ROLLOUTS

_LOOP = "context"
_POLL_SECONDS = 0.5
log = logs.get("context")


class Context:
    """The followed topics, and the detector that is told."""

    def __init__(self, bus: Bus, detector: Detector, progress: Progress, book: RevisionBook | None = None) -> None:
        self._book = book or RevisionBook()
        self._follower = bus.follower([POLICIES.name, ROLLOUTS.name])
        self._detector, self._progress = detector, progress
        self._progress.expect(_LOOP)

    async def catch_up(self, stop: asyncio.Event) -> None:
        """Read everything up to now; topics that do not exist yet are waited for."""
        records = await Patience(_LOOP, self._progress).until_it_works(self._begin, stop)
        if records is None:
            return  # stopped while waiting
        self.take(records)
        log.info("caught up with policies and rollouts", records=len(records))

    async def _begin(self) -> list[Record]:
        """Read from the beginning to the end as it stands, or leave nothing open."""
        try:
            await self._follower.start()
            return await self._follower.catch_up()
        except Temporary:
            await self._follower.stop()
            raise

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until told to stop."""
        try:
            while not stop.is_set():
                self.take(await self._follower.poll(timeout_seconds=_POLL_SECONDS))
                self._progress.beat(_LOOP)
                self._progress.advance(_LOOP, is_behind=False)
        finally:
            await self._follower.stop()
            self._progress.forget(_LOOP)

    def take(self, records: list[Record]) -> None:
        """Tell the detector what the records say."""
        for record in records:
            try:
                self._take_one(record)
            except Malformed as error:
                CONTEXT_UNREADABLE.labels(record.topic, error.reason).inc()
                log.warning("unreadable", topic=record.topic, offset=record.offset, reason=error.reason, detail=error.detail)

    def _take_one(self, record: Record) -> None:
        event = codec.decode(BY_NAME[record.topic], record.value, record.headers).event
        if record.topic == ROLLOUTS.name:
            self._detector.take_rollout(event)
            self._book.take(event)
        elif event is not None:
            self._detector.take_policy(event.workload, event)
        elif record.key:
            self._detector.take_policy(record.key.decode("utf-8", "replace"), None)
