"""
Signatures by Standard Webhooks 1.0 (https://www.standardwebhooks.com): of alerts, and of orders to a target of somebody's own.

``webhook-id`` names the message and stays when it is sent again, so that a receiver that keeps the ids that it has seen takes each
once. Several secrets sign side by side, so that one can be replaced without a gap.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from hashlib import sha256

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """
    Return the key within a secret.

    Raises:

        ValueError: when it is none.
    """
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX).rstrip("=") + "==", validate=True)
    except binascii.Error:
        raise ValueError("write whsec_ and the key in base64") from None


def signed(keys: Sequence[bytes], message_id: str, body: bytes, *, now_unix_seconds: float) -> dict[str, str]:
    """Return the headers of a message; without a key it is not signed."""
    sent_at = str(int(now_unix_seconds))
    text = b".".join((message_id.encode(), sent_at.encode(), body))
    signatures = [base64.b64encode(hmac.digest(key, text, sha256)).decode() for key in keys]
    headers = {"webhook-id": message_id, "webhook-timestamp": sent_at}
    return headers | ({"webhook-signature": " ".join(f"v1,{one}" for one in signatures)} if signatures else {})
