"""
Any address of your own, signed as Standard Webhooks 1.0 says (https://www.standardwebhooks.com).

The body is the alert as a structured CloudEvent, the same JSON as on the topic. ``webhook-id`` is the alert's id.
"""

from collections.abc import Callable, Sequence

import msgspec

from rollguard_decider.sinks import texts
from rollguard_runtime.asking import Channel
from rollguard_runtime.errors import SettingsRefused
from rollguard_runtime.standard_webhooks import key_of, signed
from rollguard_schemas.alerts import Alert
from rollguard_schemas.codec import STRUCTURED_CONTENT_TYPE, cloud_event_type

_SOURCE = "/rollguard/alerts"


class Webhook:
    """One address; without a secret nothing is signed."""

    name = "webhook"
    keeps = True
    forgets = False

    def __init__(self, url: str, *, secrets: Sequence[str], channel: Channel, clock: Callable[[], float]) -> None:
        self._url, self._channel, self._clock = url, channel, clock
        self._keys = [_key_of(secret) for secret in secrets]

    async def send(self, alert: Alert) -> None:
        """Post it."""
        body = msgspec.json.encode(
            {
                "specversion": "1.0",
                "id": alert.id,
                "type": cloud_event_type(Alert),
                "source": _SOURCE,
                "subject": alert.workload,
                "time": texts.instant(alert.time_unix_seconds),
                "datacontenttype": "application/json",
                "data": alert,
            }
        )
        headers = {"content-type": STRUCTURED_CONTENT_TYPE, **signed(self._keys, alert.id, body, now_unix_seconds=self._clock())}
        await self._channel.ask("POST", self._url, body, headers=headers)

    async def close(self) -> None:
        """Disconnect."""
        await self._channel.close()


def _key_of(secret: str) -> bytes:
    try:
        return key_of(secret)
    except ValueError as error:
        raise SettingsRefused(f"ROLLGUARD_ALERTS_WEBHOOK_SECRET: {error}") from None
