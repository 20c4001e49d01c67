"""
Opsgenie, Alert API v2: created and closed by the incident as alias.

Creating again what is open only counts, so an update is a note on it. Its makers end Opsgenie in April 2027; the alert API of Jira
Service Management, which follows it, takes the same requests at another address (``ROLLGUARD_ALERTS_OPSGENIE_URL``).
"""

from urllib.parse import quote

from rollguard_decider.sinks import texts
from rollguard_runtime.asking import Channel
from rollguard_schemas.alerts import Alert, AlertSeverity

_PRIORITY: dict[AlertSeverity, str] = {"critical": "P1", "warning": "P3", "info": "P5"}
_MOST_MESSAGE, _MOST_DESCRIPTION, _MOST_NOTE, _MOST_DETAIL = 130, 15_000, 25_000, 7_000
_BY_ALIAS = {"identifierType": "alias"}


class Opsgenie:
    """One account, by its API key."""

    name = "opsgenie"
    keeps = True
    forgets = False

    def __init__(self, url: str, *, channel: Channel) -> None:
        self._url, self._channel = url.rstrip("/") + "/v2/alerts", channel

    async def send(self, alert: Alert) -> None:
        """Create it and, for what is new about one that is open, add a note; or close it."""
        place = f"{self._url}/{quote(alert.incident, safe='')}"
        note = {"note": texts.shortened(f"{alert.title}\n{texts.page(alert)}", _MOST_NOTE), "source": texts.PRODUCT}
        if alert.status == "resolved":
            await self._channel.ask("POST", f"{place}/close", note, params=_BY_ALIAS)
            return
        await self._channel.ask("POST", self._url, self._created(alert))
        if alert.status == "updated":
            await self._channel.ask("POST", f"{place}/notes", note, params=_BY_ALIAS)

    async def close(self) -> None:
        """Disconnect."""
        await self._channel.close()

    def _created(self, alert: Alert) -> dict[str, object]:
        return {
            "message": texts.shortened(alert.title, _MOST_MESSAGE),
            "alias": alert.incident,
            "description": texts.shortened(texts.page(alert), _MOST_DESCRIPTION),
            "details": {"workload": alert.workload, "decision": texts.shortened(texts.decision_json(alert), _MOST_DETAIL)},
            "entity": alert.workload,
            "source": texts.PRODUCT,
            "priority": _PRIORITY[alert.severity],
        }
