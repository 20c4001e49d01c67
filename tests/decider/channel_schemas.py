"""
What each channel documents of its requests, as JSON Schema: the fields that are sent, those that are required, and their limits.

Sources, one a schema: the PagerDuty developer documentation (Events API v2, "PD-CEF"), Opsgenie's Alert API reference, Slack's
Block Kit reference, the Adaptive Cards schema explorer with Microsoft's page on workflow webhooks, Standard Webhooks 1.0 with
CloudEvents 1.0, and Grafana's annotations API. Alertmanager's is the real server.
"""


def _object(required, properties, **more):
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False, **more}


def _text(most=None, **more):
    return {"type": "string", "minLength": 1, **({"maxLength": most} if most else {}), **more}


INSTANT = _text(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")

PAGERDUTY = _object(
    ["routing_key", "event_action", "dedup_key", "payload"],
    {
        "routing_key": _text(32),
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": _text(255),
        "client": _text(),
        "payload": _object(
            ["summary", "source", "severity"],
            {
                "summary": _text(1024),
                "source": _text(),
                "severity": {"enum": ["critical", "error", "warning", "info"]},
                "timestamp": INSTANT,
                "component": _text(),
                "group": _text(),
                "class": _text(),
                "custom_details": {"type": "object"},
            },
        ),
    },
)

OPSGENIE_CREATE = _object(
    ["message"],
    {
        "message": _text(130),
        "alias": _text(512),
        "description": _text(15_000),
        "details": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 8_000}},
        "entity": _text(512),
        "source": _text(100),
        "priority": {"enum": ["P1", "P2", "P3", "P4", "P5"]},
    },
)
OPSGENIE_NOTE = _object(["note"], {"note": _text(25_000), "source": _text(100)})

_PLAIN = _object(["type", "text"], {"type": {"const": "plain_text"}, "text": _text(150)})
_MRKDWN = _object(["type", "text"], {"type": {"const": "mrkdwn"}, "text": _text(3_000)})
SLACK = _object(
    ["text", "blocks"],
    {
        "text": _text(4_000),
        "channel": _text(),
        "unfurl_links": {"type": "boolean"},
        "thread_ts": _text(pattern=r"^\d+\.\d+$"),
        "reply_broadcast": {"type": "boolean"},
        "blocks": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "oneOf": [
                    _object(["type", "text"], {"type": {"const": "header"}, "text": _PLAIN}),
                    _object(["type", "text"], {"type": {"const": "section"}, "text": _MRKDWN}),
                    _object(
                        ["type", "elements"],
                        {"type": {"const": "context"}, "elements": {"type": "array", "maxItems": 10, "items": _MRKDWN}},
                    ),
                ]
            },
        },
    },
)

_TEXT_BLOCK = _object(
    ["type", "text"],
    {
        "type": {"const": "TextBlock"},
        "text": _text(),
        "wrap": {"type": "boolean"},
        "weight": {"enum": ["Default", "Lighter", "Bolder"]},
        "size": {"enum": ["Default", "Small", "Medium", "Large", "ExtraLarge"]},
        "color": {"enum": ["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"]},
        "fontType": {"enum": ["Default", "Monospace"]},
    },
)
_FACTS = _object(
    ["type", "facts"],
    {
        "type": {"const": "FactSet"},
        "facts": {"type": "array", "items": _object(["title", "value"], {"title": _text(), "value": _text()})},
    },
)
TEAMS = _object(
    ["type", "attachments"],
    {
        "type": {"const": "message"},
        "attachments": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": _object(
                ["contentType", "content"],
                {
                    "contentType": {"const": "application/vnd.microsoft.card.adaptive"},
                    "contentUrl": {"type": "null"},
                    "content": _object(
                        ["type", "version", "body"],
                        {
                            "$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"},
                            "type": {"const": "AdaptiveCard"},
                            "version": {"enum": ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]},
                            "msteams": _object(["width"], {"width": {"const": "Full"}}),
                            "body": {"type": "array", "items": {"oneOf": [_TEXT_BLOCK, _FACTS]}},
                        },
                    ),
                },
            ),
        },
    },
)

WEBHOOK = _object(
    ["specversion", "id", "source", "type"],
    {
        "specversion": {"const": "1.0"},
        "id": _text(),
        "source": _text(),
        "type": {"const": "dev.rollguard.alert.v1"},
        "subject": _text(),
        "time": INSTANT,
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object"},
    },
)

GRAFANA = _object(
    ["time", "tags", "text"],
    {
        "time": {"type": "integer"},
        "timeEnd": {"type": "integer"},
        "tags": {"type": "array", "items": _text(100)},
        "text": _text(),
    },
)
