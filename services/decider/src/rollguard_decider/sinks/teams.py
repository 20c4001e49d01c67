"""
Microsoft Teams: an Adaptive Card, posted to the address of a workflow ("When a Teams webhook request is received").

A workflow can only post, so every alert is a card of its own. It answers 202 before it has posted anything: what fails after that
shows in the workflow's own run history only. Cards are limited to 28 KB.
"""

from typing import Any

from rollguard_decider.sinks import texts
from rollguard_runtime.asking import Channel
from rollguard_schemas.alerts import Alert, AlertSeverity

_COLOUR: dict[AlertSeverity, str] = {"critical": "Attention", "warning": "Warning", "info": "Accent"}
_MOST_TEXT = 6_000
_CARD = "application/vnd.microsoft.card.adaptive"
# A text block reads a part of Markdown.
_ESCAPES = {character: f"\\{character}" for character in "\\*_[]"}


class Teams:
    """One workflow; its address is the secret."""

    name = "teams"
    keeps = False
    forgets = False

    def __init__(self, url: str, *, channel: Channel) -> None:
        self._url, self._channel = url, channel

    async def send(self, alert: Alert) -> None:
        """Post a card."""
        attachment = {"contentType": _CARD, "contentUrl": None, "content": _card(alert)}
        await self._channel.ask("POST", self._url, {"type": "message", "attachments": [attachment]})

    async def close(self) -> None:
        """Disconnect."""
        await self._channel.close()


def _card(alert: Alert) -> dict[str, Any]:
    colour = "Good" if alert.status == "resolved" else _COLOUR[alert.severity]
    body = [
        _block(texts.headline(alert), weight="Bolder", size="Medium", color=colour),
        _block(alert.summary),
        {"type": "FactSet", "facts": [{"title": title, "value": value} for title, value in _facts(alert)]},
    ]
    if alert.status != "resolved":
        body += [_block("Why", weight="Bolder"), _block("\n\n".join(texts.why(alert)))]
    body += [_block("What to do next", weight="Bolder")]
    body += [_block(line, fontType="Monospace") for line in texts.next_steps(alert)]
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }


def _facts(alert: Alert) -> list[tuple[str, str]]:
    since = texts.instant(alert.opened_unix_seconds)
    return [("Workload", alert.workload), ("Since", since), ("Decision", alert.decision.id), ("Incident", alert.incident)]


def _block(text: str, **style: str) -> dict[str, Any]:
    shown = texts.shortened(texts.escaped(text, _ESCAPES), _MOST_TEXT)
    return {"type": "TextBlock", "text": shown, "wrap": True, **style}
