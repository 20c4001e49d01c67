"""
What the detector must know before it reads the first point: the policies with their objectives, and the rollouts.

Both are followed whole and without a group; points are polled only after they were caught up with, or the first forecasts would
be missing for want of an objective. While points are polled, what comes waits until somebody tells it between two batches, so that
it takes effect at one place of the log. A record here that cannot be read is counted and logged: its dead letter is the decider's,
which reads the same topics, and two services would write it twice.
"""

import asyncio
from typing import Protocol

from rollguard_detector.core.revision_book import RevisionBook
from rollguard_detector.shell.metrics import CONTEXT_UNREADABLE
from rollguard_runtime import logs
from rollguard_runtime.bus import Bus, Record
from rollguard_runtime.errors import Temporary
from rollguard_runtime.liveness import Progress
from rollguard_runtime.patience import Patience
from rollguard_schemas import codec
from rollguard_schemas.codec import Malformed
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.topics import BY_NAME, POLICIES, ROLLOUTS

_LOOP = "context"
_POLL_SECONDS = 0.5
log = logs.get("context")


class Told(Protocol):
    """Who is told: a detector, or what stands before it."""

    def take_policy(self, workload: str, policy: RollbackPolicy | None) -> None:
        """Watch the objectives of a policy, or none."""

    def take_rollout(self, event: Rollout) -> None:
        """Note a rollout."""


class Context:
    """The followed topics, and who is told; ``policies`` are those that were told, by workload."""

    def __init__(self, bus: Bus, told: Told, progress: Progress, book: RevisionBook | None = None) -> None:
        self.policies: dict[str, RollbackPolicy] = {}
        self._book = book or RevisionBook()
        self._follower = bus.follower([POLICIES.name, ROLLOUTS.name])
        self._told, self._progress = told, progress
        self._waiting: list[Record] | None = None
        self._progress.expect(_LOOP)

    def hold(self) -> None:
        """From now on let what comes wait for ``tell_waiting``."""
        self._waiting = self._waiting or []

    def tell_waiting(self) -> set[str]:
        """Tell what waits; return the workloads that it is about."""
        waiting = self._waiting or []
        if self._waiting is not None:
            self._waiting = []
        return {name for record in waiting if (name := self._read(record))}

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
        """Tell what the records say, or keep them waiting."""
        if self._waiting is not None:
            self._waiting += records
            return
        for record in records:
            self._read(record)

    def _read(self, record: Record) -> str | None:
        """Tell what a record says; return the workload that it is about."""
        try:
            event = codec.decode(BY_NAME[record.topic], record.value, record.headers).event
        except Malformed as error:
            CONTEXT_UNREADABLE.labels(record.topic, error.reason).inc()
            log.warning("unreadable", topic=record.topic, offset=record.offset, reason=error.reason, detail=error.detail)
            return None
        if record.topic == ROLLOUTS.name:
            self._told.take_rollout(event)
            self._book.take(event)
            return str(event.workload)
        workload = event.workload if event is not None else (record.key or b"").decode("utf-8", "replace")
        if workload:
            self._tell_policy(workload, event)
        return workload or None

    def _tell_policy(self, workload: str, policy: RollbackPolicy | None) -> None:
        self._told.take_policy(workload, policy)
        if policy is None:
            self.policies.pop(workload, None)
        else:
            self.policies[workload] = policy
