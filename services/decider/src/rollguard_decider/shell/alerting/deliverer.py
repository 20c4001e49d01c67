"""
One channel's loop: reads alerts from its own committed place, and sends them in their order.

What a channel does not take for the moment is tried again, no earlier than it asked for; what it refuses, or did not take for too
long, becomes a dead letter, and the next alert is sent. Of the alerts that wait, each incident's opening and its latest are sent:
a channel that comes back is told how things stand, not how they came to it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.core.incidents.ports import AlertSink
from rollguard_decider.core.incidents.severity import RANK
from rollguard_decider.shell import metrics
from rollguard_decider.shell.alerting.told import Told
from rollguard_runtime import logs
from rollguard_runtime.bus import Record
from rollguard_runtime.dead_letters import dead_letter
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_runtime.pump import Received
from rollguard_schemas.alerts import Alert
from rollguard_schemas.codec import OutgoingRecord, decode
from rollguard_schemas.topics import ALERTS

SERVICE = "alerts"
_SENT_KEPT = 10_000

log = logs.get("alerts")


class Deliverer:
    """A handler for the pump. ``clock`` is monotonic, ``now`` gives Unix seconds."""

    def __init__(
        self,
        sink: AlertSink,
        told: Told,
        settings: AlertSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._sink, self._told, self._settings = sink, told, settings
        self._clock, self._now = clock, now
        self._done: OrderedDict[str, None] = OrderedDict()
        self._letters: dict[str, OutgoingRecord] = {}
        self._failing_since: dict[str, float] = {}
        self._not_before = 0.0

    def read(self, record: Record) -> Received:
        """Read an alert."""
        decoded = decode(ALERTS, record.value, record.headers)
        return Received(record, decoded.event, decoded.traceparent)

    async def handle(self, batch: Sequence[Received]) -> Sequence[OutgoingRecord]:
        """Send what is to be sent and return the dead letters; raises ``Temporary`` to be offered the rest again."""
        await self._told.refresh()
        for received in _first_and_last(batch):
            if received.event.id not in self._done and self._is_wanted(received.event):
                await self._deliver(received)
        letters, self._letters = list(self._letters.values()), {}
        return letters

    def _is_wanted(self, alert: Alert) -> bool:
        """
        Whether it matters enough, and is not yesterday's: then only what still lasts is told, and the end of what a channel
        keeps.
        """
        if RANK[alert.severity] < RANK[self._settings.least_severity]:
            return False
        is_stale = self._now() - alert.time_unix_seconds > self._settings.stale_after_seconds
        is_end = alert.status == "resolved" and self._sink.keeps
        return not is_stale or is_end or self._told.is_latest_of_open(alert)

    async def _deliver(self, received: Received) -> None:
        alert = received.event
        wait_seconds = self._not_before - self._clock()
        if wait_seconds > 0:
            raise Temporary(f"{self._sink.name} asked to wait", retry_after_seconds=wait_seconds)
        try:
            await self._sink.send(alert)
        except Permanent as error:
            self._bury(received, "refused", str(error))
        except Temporary as error:
            self._failed(received, error)
        else:
            metrics.ALERTS_SENT.labels(self._sink.name, "sent").inc()
            log.info("alert sent", sink=self._sink.name, alert=alert.id, incident=alert.incident, status=alert.status)
            self._settle(alert)

    def _failed(self, received: Received, error: Temporary) -> None:
        now = self._clock()
        metrics.ALERTS_SENT.labels(self._sink.name, "failed").inc()
        since = self._failing_since.setdefault(received.event.id, now)
        if now - since >= self._settings.give_up_after_seconds:
            self._bury(received, "gave-up", f"tried for {now - since:.0f} s: {error}")
            return
        self._not_before = now + error.retry_after_seconds
        raise error

    def _bury(self, received: Received, reason: str, detail: str) -> None:
        metrics.ALERTS_SENT.labels(self._sink.name, reason).inc()
        log.error("alert not sent", sink=self._sink.name, alert=received.event.id, reason=reason, detail=detail)
        letter = dead_letter(received.record, service=SERVICE, stage=f"send to {self._sink.name}", reason=reason, detail=detail)
        self._letters[received.event.id] = letter
        self._settle(received.event)

    def _settle(self, alert: Alert) -> None:
        self._failing_since.pop(alert.id, None)
        self._done[alert.id] = None
        if len(self._done) > _SENT_KEPT:
            self._done.popitem(last=False)


def _first_and_last(batch: Sequence[Received]) -> Iterator[Received]:
    """Yield, in their order, the opening of each incident and the latest alert about it."""
    latest = {received.event.incident: received.event.id for received in batch}
    for received in batch:
        alert: Alert = received.event
        if alert.status == "opened" or latest[alert.incident] == alert.id:
            yield received
