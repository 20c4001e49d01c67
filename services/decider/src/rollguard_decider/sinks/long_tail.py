"""
Everything else: the services that apprise knows (more than a hundred), by its addresses.

Needs the extra ``rollguard-decider[apprise]``. apprise says only whether all went well, not what happens next, so a failure
counts as one for the moment. Its addresses are secrets; its own log, which shows them, is switched off.
"""

import asyncio
import logging
from typing import Any

from rollguard_decider.sinks import texts
from rollguard_runtime.errors import SettingsRefused, Temporary
from rollguard_schemas.alerts import Alert

_RETRY_SECONDS = 10.0


class Apprise:
    """Some addresses, told together."""

    name = "apprise"
    keeps = False
    forgets = False

    def __init__(self, urls: tuple[str, ...]) -> None:
        self._apprise: Any = _load().Apprise()
        for number, url in enumerate(urls, start=1):
            if not self._apprise.add(url):
                raise SettingsRefused(f"ROLLGUARD_ALERTS_APPRISE_URLS: address {number} is none that apprise knows")

    async def send(self, alert: Alert) -> None:
        """Tell every address."""
        kind = "success" if alert.status == "resolved" else {"critical": "failure"}.get(alert.severity, alert.severity)
        is_told = await asyncio.to_thread(
            self._apprise.notify, title=texts.headline(alert), body=texts.page(alert), notify_type=kind, body_format="text"
        )
        if not is_told:
            raise Temporary("apprise: at least one address was not told", retry_after_seconds=_RETRY_SECONDS)

    async def close(self) -> None:
        """Nothing to let go."""


def _load() -> Any:
    try:
        import apprise  # noqa: PLC0415  # optional, and heavy
    except ImportError:
        raise SettingsRefused("ROLLGUARD_ALERTS_APPRISE_URLS needs the extra: pip install 'rollguard-decider[apprise]'") from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return apprise
