"""
How far the log has been read again, for a person who waits: days of it take minutes, and a silent service looks like a dead one.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from rollguard_runtime import logs
from rollguard_runtime.batches import Batch

_TOLD_EVERY_SECONDS = 10.0
log = logs.get("replay")


class Replay:
    """Counts what is read again, tells it now and then, and once more when it is over."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._records = 0
        self._told_at = clock()

    def note(self, records: Batch) -> None:
        """Take in what was polled."""
        again = [run for run in records.runs if run.is_replayed]
        count = sum(len(run.fetched) for run in again)
        self._records += count
        now = self._clock()
        if again and now - self._told_at >= _TOLD_EVERY_SECONDS:
            self._told_at = now
            at = again[-1].record(len(again[-1].fetched) - 1).seconds
            reached = datetime.fromtimestamp(at, UTC).isoformat()
            log.info("reading the log again", records=self._records, reached=reached, behind_seconds=now - at)
        if self._records and count < len(records):
            log.info("the log was read again", records=self._records)
            self._records = 0
