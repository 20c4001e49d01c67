"""
Grafana annotations: one region an incident, from its opening to its end.

Which annotation is the incident's is found by its tag, so that a restart goes on with the same one. Needs a service account with
``annotations:read`` and ``annotations:write``.
"""

from typing import Any

import msgspec

from rollguard_decider.sinks import texts
from rollguard_runtime.asking import Channel, read_json
from rollguard_schemas.alerts import Alert

_PATH = "/api/annotations"


class _Found(msgspec.Struct):
    id: int


class Grafana:
    """One Grafana; annotations belong to the organisation, so that any dashboard can show them."""

    name = "grafana"
    keeps = True
    forgets = False

    def __init__(self, url: str, *, channel: Channel) -> None:
        self._url, self._channel = url.rstrip("/") + _PATH, channel

    async def send(self, alert: Alert) -> None:
        """Make the incident's annotation, or change it."""
        mine = f"incident:{alert.incident}"
        asked = [("tags", texts.PRODUCT), ("tags", mine), ("type", "annotation"), ("limit", "1"), *_span(alert)]
        found: list[_Found] = read_json(await self._channel.ask("GET", self._url, params=asked), list[_Found])
        annotation: dict[str, Any] = {
            "time": _milliseconds(alert.opened_unix_seconds),
            "tags": [texts.PRODUCT, mine, f"workload:{alert.workload}", f"severity:{alert.severity}"],
            "text": f"{texts.headline(alert)}\n{alert.summary}",
        }
        if alert.status == "resolved":
            annotation["timeEnd"] = _milliseconds(alert.time_unix_seconds)
        if found:
            await self._channel.ask("PATCH", f"{self._url}/{found[0].id}", annotation)
        else:
            await self._channel.ask("POST", self._url, annotation)

    async def close(self) -> None:
        """Disconnect."""
        await self._channel.close()


def _span(alert: Alert) -> list[tuple[str, str]]:
    """Look around the opening only: without a span Grafana searches all that it has."""
    opened = _milliseconds(alert.opened_unix_seconds)
    return [("from", str(opened - 1_000)), ("to", str(max(opened, _milliseconds(alert.time_unix_seconds)) + 1_000))]


def _milliseconds(unix_seconds: float) -> int:
    return round(unix_seconds * 1000)
