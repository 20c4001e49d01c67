"""
Reminds channels that forget: what is open is said again, for as long as it lasts.

Every replica does so, which such a channel takes for one. A failure is only logged: the next round comes in a minute.
"""

import asyncio
from collections.abc import Sequence

from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.core.incidents.ports import AlertSink
from rollguard_decider.core.incidents.severity import RANK
from rollguard_decider.shell.alerting.told import Told
from rollguard_decider.shell.stopping import stopped_within
from rollguard_runtime import logs
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_runtime.liveness import Progress
from rollguard_schemas.alerts import Alert

LOOP = "reminder"
EVERY_SECONDS = 60.0
_STEP_SECONDS = 1.0

log = logs.get("alerts")


class Reminder:
    """The loop; with no channel that forgets it does nothing."""

    def __init__(self, sinks: Sequence[AlertSink], told: Told, settings: AlertSettings) -> None:
        self._sinks = [sink for sink in sinks if sink.forgets]
        self._told, self._settings = told, settings

    async def run(self, stop: asyncio.Event, progress: Progress) -> None:
        """Remind until told to stop."""
        rounds = 0
        while not await stopped_within(_STEP_SECONDS, stop):
            progress.wait(LOOP)
            rounds += 1
            if rounds % int(EVERY_SECONDS / _STEP_SECONDS) == 0:
                await self.remind()

    async def remind(self) -> None:
        """Say once what is open; what ended meanwhile is told after it, since the last word counts."""
        try:
            await self._told.refresh()
            reminded = [alert for alert in self._told.open_incidents() if self._matters(alert)]
            await self._say(reminded)
            await self._told.refresh()
            await self._say([self._told.last[alert.workload] for alert in reminded if not self._told.is_latest_of_open(alert)])
        except (Temporary, Permanent) as error:
            log.warning("open incidents were not repeated", because=str(error))

    async def _say(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            for sink in self._sinks:
                await sink.send(alert)

    def _matters(self, alert: Alert) -> bool:
        return RANK[alert.severity] >= RANK[self._settings.least_severity]
