"""
An alert in Slack's Block Kit, within its lengths: 150 characters a header, 3,000 a text.
"""

from typing import Any

from rollguard_decider.sinks import texts
from rollguard_schemas.alerts import Alert

_MOST_HEADER, _MOST_TEXT, _MOST_FALLBACK = 150, 3_000, 3_000
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def message(alert: Alert) -> dict[str, Any]:
    """Return the message: ``text`` is what a notification shows."""
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": texts.shortened(texts.headline(alert), _MOST_HEADER)}},
        _section(_text(alert.summary)),
    ]
    if alert.status != "resolved":
        blocks.append(_section("*Why*\n" + _text("\n".join(texts.why(alert)))))
    blocks.append(_section("*What to do next*\n```" + _text("\n".join(texts.next_steps(alert))) + "```"))
    foot = f"{alert.workload} · since {texts.instant(alert.opened_unix_seconds)} · {alert.incident}"
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _text(foot)}]})
    return {"text": texts.shortened(_text(texts.headline(alert)), _MOST_FALLBACK), "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _text(text: str) -> str:
    """Escape what Slack reads as markup, and leave room for the heading and the fence around it."""
    return texts.shortened(texts.escaped(text, _ESCAPES), _MOST_TEXT - 40)
