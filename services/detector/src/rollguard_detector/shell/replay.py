"""
How far the log has been read again, for a person who waits: days of it take minutes, and a silent service looks like a dead one.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rollguard_runtime import logs
from rollguard_runtime.bus import Record

_TOLD_EVERY_SECONDS = 10.0
log = logs.get("replay")


class Replay:
    """Counts what is read again, tells it now and then, and once more when it is over."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._records = 0
        self._told_at = clock()

    def note(self, records: Sequence[Record]) -> None:
        """Take in what was polled."""
        again = [record for record in records if record.is_replayed]
        self._records += len(again)
        now = self._clock()
        if again and now - self._told_at >= _TOLD_EVERY_SECONDS:
            self._told_at = now
            at = again[-1].seconds
            reached = datetime.fromtimestamp(at, UTC).isoformat()
            log.info("reading the log again", records=self._records, reached=reached, behind_seconds=now - at)
        if self._records and len(again) < len(records):
            log.info("the log was read again", records=self._records)
            self._records = 0
