"""
Dead letters: what could not be read goes to ``<topic>-dlq`` as it came, and why, where and when in its headers.

Header names are Kafka Connect's, which existing tools read. The limit is there for the day on which *we* are wrong: a bad
deployment that understands nothing would otherwise carry a whole topic into its dead letters and call that success.
"""

from rollguard_runtime.bus import Record
from rollguard_runtime.errors import FloodOfDeadLetters
from rollguard_schemas.codec import OutgoingRecord

_PREFIX = "__connect.errors."
_MAX_MESSAGE_CHARACTERS = 500


def dead_letter(record: Record, *, service: str, stage: str, reason: str, detail: str) -> OutgoingRecord:
    """Return the record for the dead-letter topic: same key and bytes, original headers first."""
    why = {
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "connector.name": service,
        "stage": stage,
        "class.name": reason,
        "exception.message": detail[:_MAX_MESSAGE_CHARACTERS],
    }
    headers = (
        *record.headers,
        *((_PREFIX + name, text.encode()) for name, text in why.items()),
        ("rollguard.timestamp-ms", str(record.timestamp_ms).encode()),
    )
    return OutgoingRecord(f"{record.topic}-dlq", record.key, record.value, headers)


class DeadLetterLimit:
    """Counts unreadable records in a row."""

    def __init__(self, max_consecutive: int) -> None:
        self._max_consecutive = max_consecutive
        self._consecutive = 0

    def good(self) -> None:
        """A record was read: the input makes sense."""
        self._consecutive = 0

    def bad(self) -> None:
        """
        A record could not be read.

        Raises:

            FloodOfDeadLetters: when nothing good came for too long.
        """
        self._consecutive += 1
        if self._consecutive > self._max_consecutive:
            raise FloodOfDeadLetters(
                f"more than {self._max_consecutive} unreadable records in a row; stopping before the topic is drained. "
                "Look at `rollguard dlq list`, mend the producer or this service, and start it again."
            )
