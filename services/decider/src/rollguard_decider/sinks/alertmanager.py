"""
Prometheus Alertmanager, API v2: one alert an incident, held open by repeating it.

Alertmanager knows an alert by its labels, so nothing stands there that changes while the incident lasts, but for the severity,
since people route by it: when it rises, the alert of the lower one ends in the same request. An alert ends by itself
``hold_seconds`` after it was last said: longer than a restart of ours takes, so that a restart resolves nothing. Alertmanager
keeps alerts in memory only, hence the repetition.
"""

from collections.abc import Callable

from rollguard_decider.sinks import texts
from rollguard_runtime.asking import Channel
from rollguard_schemas.alerts import Alert, AlertSeverity

_PATH = "/api/v2/alerts"
_SHORTEST_SECONDS = 0.001


class Alertmanager:
    """One Alertmanager; of a cluster, name each member or a load balancer that reaches all."""

    name = "alertmanager"
    keeps = True
    forgets = True

    def __init__(self, url: str, *, channel: Channel, hold_seconds: float, clock: Callable[[], float]) -> None:
        self._url, self._channel = url.rstrip("/") + _PATH, channel
        self._hold_seconds, self._clock = hold_seconds, clock

    async def send(self, alert: Alert) -> None:
        """Post it; a resolved one ends at its own instant."""
        ended = alert.time_unix_seconds
        until = ended if alert.status == "resolved" else self._clock() + self._hold_seconds
        posted = [_posted(alert, alert.severity, until)]
        await self._channel.ask("POST", self._url, posted + [_posted(alert, severity, ended) for severity in alert.was])

    async def close(self) -> None:
        """Disconnect."""
        await self._channel.close()


def _posted(alert: Alert, severity: AlertSeverity, until: float) -> dict[str, object]:
    namespace, _, name = alert.workload.partition("/")
    return {
        "labels": {
            "alertname": "RollguardIncident",
            "severity": severity,
            "workload": alert.workload,
            "namespace": namespace,
            "name": name,
            "incident": alert.incident,
        },
        "annotations": {
            "summary": alert.title,
            "description": texts.page(alert),
            "decision": texts.decision_json(alert),
        },
        "startsAt": texts.instant(alert.opened_unix_seconds),
        "endsAt": texts.instant(max(until, alert.opened_unix_seconds + _SHORTEST_SECONDS)),
    }
