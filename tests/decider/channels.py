"""
A world a channel: how it is set up against a server on loopback, how that answers, and what its requests must look like.
"""

import json
from contextlib import contextmanager

import jsonschema_rs

from decider import channel_schemas as schemas
from decider.channel_server import channel_server
from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.sinks.choosing import sinks_of

SECRET = "0123456789abcdef0123456789abcdef"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = 1_800_000_100.0


class World:
    """One channel; ``keys`` are what makes it one incident there, ``None`` where every message stands alone."""

    def __init__(self, name, *, settings, success=(200, b"{}"), schema=None, schemas_by_path=None, key=None, secret=SECRET):
        self.name, self.secret = name, secret
        self._settings, self._success = settings, success
        self._schema, self._by_path, self._key = schema, schemas_by_path or {}, key

    @contextmanager
    def running(self, *, timeout_seconds=5.0, **more):
        """Give a channel and the server that it talks to."""
        with channel_server() as server:
            status, body = self._success
            server.answers(status, body)
            yield self.sink(server.url, timeout_seconds=timeout_seconds, **more), server

    def sink(self, url, *, clock=lambda: NOW, **more):
        (sink,) = sinks_of(AlertSettings(**{**self._settings(url), **more}), clock=clock)
        return sink

    def check(self, asked):
        """Hold a request against what the channel documents."""
        if asked.method != "GET":
            schema = self._by_path.get(asked.path.rpartition("/")[2], self._schema)
            jsonschema_rs.validator_for(schema).validate(asked.json)

    def keys(self, server):
        return {self._key(asked) for asked in server.asked if asked.method != "GET"} if self._key else None


def _alias(asked):
    return asked.json["alias"] if asked.path == "/v2/alerts" else asked.path.split("/")[3]


WORLDS = [
    World(
        "pagerduty",
        settings=lambda url: {"pagerduty_routing_key": SECRET, "pagerduty_url": f"{url}/v2/enqueue"},
        success=(202, b'{"status":"success","message":"Event processed","dedup_key":"x"}'),
        schema=schemas.PAGERDUTY,
        key=lambda asked: asked.json["dedup_key"],
    ),
    World(
        "opsgenie",
        settings=lambda url: {"opsgenie_api_key": SECRET, "opsgenie_url": url},
        success=(202, b'{"result":"Request will be processed","took":0.1,"requestId":"x"}'),
        schema=schemas.OPSGENIE_CREATE,
        schemas_by_path={"notes": schemas.OPSGENIE_NOTE, "close": schemas.OPSGENIE_NOTE},
        key=_alias,
    ),
    World(
        "slack",
        settings=lambda url: {"slack_webhook_url": f"{url}/services/T0/B0/{SECRET}"},
        success=(200, b"ok"),
        schema=schemas.SLACK,
    ),
    World(
        "slack bot",
        settings=lambda url: {"slack_token": SECRET, "slack_channel": "C024BE91L", "slack_api_url": f"{url}/api"},
        success=(200, b'{"ok":true,"channel":"C024BE91L","ts":"1503435956.000247"}'),
        schema=schemas.SLACK,
    ),
    World(
        "teams",
        settings=lambda url: {"teams_webhook_url": f"{url}/workflows/x/triggers/manual/paths/invoke?sig={SECRET}"},
        success=(202, b""),
        schema=schemas.TEAMS,
    ),
    World(
        "webhook",
        settings=lambda url: {"webhook_url": f"{url}/hook", "webhook_secret": WEBHOOK_SECRET},
        success=(204, b""),
        schema=schemas.WEBHOOK,
        secret=WEBHOOK_SECRET,
        key=lambda asked: asked.json["data"]["incident"],
    ),
    World(
        "grafana",
        settings=lambda url: {"grafana_url": url, "grafana_token": SECRET},
        success=(200, b'[{"id":1124}]'),
        schema=schemas.GRAFANA,
        key=lambda asked: next(tag for tag in asked.json["tags"] if tag.startswith("incident:")),
    ),
    World(
        "alertmanager",
        settings=lambda url: {"alertmanager_url": url, "alertmanager_token": SECRET},
        schema={"type": "array", "items": {"type": "object", "required": ["labels"]}},
        key=lambda asked: json.dumps(asked.json[0]["labels"]),
    ),
]
