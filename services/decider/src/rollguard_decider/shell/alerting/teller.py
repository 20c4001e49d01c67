"""
The teller: reads decisions and outcomes, and publishes what is news.

The alerts topic is its memory. It is read up to its end before each batch, so that a process that takes over, or one that died
between publishing and committing, goes on where the last alert stands and tells nothing twice.
"""

from collections.abc import Sequence

from rollguard_decider.core.incidents.book import Book, Heard, opened_at
from rollguard_decider.core.incidents.hear import hear
from rollguard_decider.shell import metrics
from rollguard_decider.shell.alerting.merging import in_order_of_time
from rollguard_decider.shell.alerting.told import Told
from rollguard_runtime import tracing
from rollguard_runtime.bus import Record
from rollguard_runtime.pump import Received
from rollguard_schemas.alerts import Alert
from rollguard_schemas.codec import OutgoingRecord, decode, encode
from rollguard_schemas.topics import ALERTS, BY_NAME, DECISIONS, OUTCOMES

HEARD = (DECISIONS.name, OUTCOMES.name)
_SOURCE = "/rollguard/alerts"


class Teller:
    """A handler for the pump."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._books: dict[str, Book] = {}

    def read(self, record: Record) -> Received:
        """Read a decision or an outcome."""
        decoded = decode(BY_NAME[record.topic], record.value, record.headers)
        return Received(record, decoded.event, decoded.traceparent)

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Return the alerts that a batch leads to; raises ``Temporary`` while the alerts topic cannot be read."""
        await self._told.refresh()
        books: dict[str, Book] = {}
        news: list[OutgoingRecord] = []
        for received in in_order_of_time(batch):
            workload = received.event.workload
            books[workload], alert = hear(books.get(workload) or self._book(workload), _heard(received))
            if alert is not None:
                news.append(_outgoing(alert, received))
        self._keep(books)
        return news

    def _book(self, workload: str) -> Book:
        """Return the page in memory, unless the topic tells of a later alert by another process."""
        book, last = self._books.get(workload), self._told.last.get(workload)
        if book is not None and (last is None or (book.last is not None and book.last.id == last.id)):
            return book
        return Book() if last is None else opened_at(last)

    def _keep(self, books: dict[str, Book]) -> None:
        self._books |= books
        for book in books.values():
            if book.last is not None and book.last is not self._told.last.get(book.last.workload):
                self._told.learn(book.last)
                metrics.ALERTS.labels(book.last.status, book.last.severity).inc()


def _heard(received: Received) -> Heard:
    record = received.record
    return Heard(event=received.event, topic=record.topic, offset=record.offset, unix_seconds=record.seconds)


def _outgoing(alert: Alert, received: Received) -> OutgoingRecord:
    return encode(ALERTS, alert, source=_SOURCE, **tracing.caused(received.traceparent, alert.id))
