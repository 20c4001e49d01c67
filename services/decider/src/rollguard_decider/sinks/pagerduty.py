"""
PagerDuty, Events API v2: trigger and resolve by the incident as deduplication key.

An update is a further trigger with the same key: it adds to the open alert and pages nobody again. Lengths are those of the API.
"""

import msgspec

from rollguard_decider.sinks import texts
from rollguard_runtime.asking import Channel
from rollguard_schemas.alerts import Alert

_MOST_SUMMARY = 1024


class PagerDuty:
    """One integration, by its routing key."""

    name = "pagerduty"
    keeps = True
    forgets = False

    def __init__(self, url: str, *, routing_key: str, channel: Channel) -> None:
        self._url, self._routing_key, self._channel = url, routing_key, channel

    async def send(self, alert: Alert) -> None:
        """Trigger, or resolve."""
        event: dict[str, object] = {
            "routing_key": self._routing_key,
            "event_action": "resolve" if alert.status == "resolved" else "trigger",
            "dedup_key": alert.incident,
            "payload": self._payload(alert),
            "client": texts.PRODUCT,
        }
        await self._channel.ask("POST", self._url, event)

    async def close(self) -> None:
        """Disconnect."""
        await self._channel.close()

    def _payload(self, alert: Alert) -> dict[str, object]:
        namespace, _, name = alert.workload.partition("/")
        return {
            "summary": texts.shortened(alert.title, _MOST_SUMMARY),
            "source": alert.workload,
            "severity": alert.severity,
            "timestamp": texts.instant(alert.time_unix_seconds),
            "component": name,
            "group": namespace,
            "class": "model rollout",
            "custom_details": {
                "what": alert.summary,
                "why": texts.why(alert),
                "next": texts.next_steps(alert),
                "decision": msgspec.to_builtins(alert.decision),
            },
        }
