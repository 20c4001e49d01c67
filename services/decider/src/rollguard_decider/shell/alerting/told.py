"""
The alerts topic as it stands: the last alert of each workload.

Whoever makes alerts reads here where it, or the process before it, left off; whoever sends them reads which incidents are still
open.
"""

import asyncio
from collections import OrderedDict

from rollguard_runtime import logs
from rollguard_runtime.bus import Follower
from rollguard_schemas.alerts import Alert
from rollguard_schemas.codec import Malformed, decode
from rollguard_schemas.topics import ALERTS

_IDS_KEPT = 50_000

log = logs.get("alerts")


class Told:
    """Follows the topic from its beginning; ``refresh`` brings it up to the topic's end."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._is_started = False
        self._reading = asyncio.Lock()
        self._ids: OrderedDict[str, None] = OrderedDict()
        self.last: dict[str, Alert] = {}

    async def refresh(self) -> None:
        """Read what came since, one reader at a time. Raises ``Temporary`` while the broker does not answer."""
        async with self._reading:
            if not self._is_started:
                await self._follower.start()
                self._is_started = True
            for record in await self._follower.catch_up():
                try:
                    self.learn(decode(ALERTS, record.value, record.headers).event)
                except Malformed as error:
                    log.warning("passed over what cannot be read", topic=record.topic, offset=record.offset, detail=error.detail)

    def learn(self, alert: Alert) -> None:
        """Note an alert; one that is known already is older than what is known."""
        if alert.id in self._ids:
            return
        self._ids[alert.id] = None
        if len(self._ids) > _IDS_KEPT:
            self._ids.popitem(last=False)
        self.last[alert.workload] = alert

    def open_incidents(self) -> list[Alert]:
        """Return the last alert of each incident that lasts."""
        return [alert for alert in self.last.values() if alert.status != "resolved"]

    def is_latest_of_open(self, alert: Alert) -> bool:
        """Whether this is the last word on an incident that lasts."""
        last = self.last.get(alert.workload)
        return last is not None and last.id == alert.id and last.status != "resolved"

    async def close(self) -> None:
        """Let go."""
        if self._is_started:
            await self._follower.stop()
