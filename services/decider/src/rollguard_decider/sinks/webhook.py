"""
Any address of your own, signed as Standard Webhooks 1.0 says (https://www.standardwebhooks.com).

The body is the alert as a structured CloudEvent, the same JSON as on the topic. ``webhook-id`` is the alert's id: a receiver that
keeps the ids that it has seen takes each alert once. Several secrets sign side by side, so that one can be replaced without a
gap.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec

from rollguard_decider.sinks import texts
from rollguard_decider.sinks.asking import Channel
from rollguard_runtime.errors import SettingsRefused
from rollguard_schemas.alerts import Alert
from rollguard_schemas.codec import STRUCTURED_CONTENT_TYPE, cloud_event_type

_PREFIX = "whsec_"
_SOURCE = "/rollguard/alerts"


class Webhook:
    """One address; without a secret nothing is signed."""

    name = "webhook"
    keeps = True
    forgets = False

    def __init__(self, url: str, *, secrets: Sequence[str], channel: Channel, clock: Callable[[], float]) -> None:
        self._url, self._channel, self._clock = url, channel, clock
        self._keys = [key_of(secret) for secret in secrets]

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
        headers = {"content-type": STRUCTURED_CONTENT_TYPE, **self._signed(alert.id, body)}
        await self._channel.ask("POST", self._url, body, headers=headers)

    async def close(self) -> None:
        """Disconnect."""
        await self._channel.close()

    def _signed(self, message_id: str, body: bytes) -> dict[str, str]:
        sent_at = str(int(self._clock()))
        signed = b".".join((message_id.encode(), sent_at.encode(), body))
        signatures = [base64.b64encode(hmac.digest(key, signed, sha256)).decode() for key in self._keys]
        headers = {"webhook-id": message_id, "webhook-timestamp": sent_at}
        return headers | ({"webhook-signature": " ".join(f"v1,{one}" for one in signatures)} if signatures else {})


def key_of(secret: str) -> bytes:
    """
    Return the key within a secret.

    Raises:

        SettingsRefused: when it is none.
    """
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX).rstrip("=") + "==", validate=True)
    except binascii.Error:
        raise SettingsRefused("ROLLGUARD_ALERTS_WEBHOOK_SECRET: write whsec_ and the key in base64") from None
