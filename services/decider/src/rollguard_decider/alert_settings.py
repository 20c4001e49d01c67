"""
The settings of alerting, read from ``ROLLGUARD_ALERTS_<NAME>``. A channel is on when its address or key is given; none is by
default.

Keys, tokens and addresses that are secrets are better given as files: ``ROLLGUARD_ALERTS_SLACK_TOKEN_FILE``.
"""

from typing import Annotated, Literal

from msgspec import Meta

from rollguard_runtime.settings import ServiceSettings
from rollguard_schemas.alerts import AlertSeverity


class AlertSettings(ServiceSettings, frozen=True, kw_only=True):
    """What can be set besides what every service shares."""

    group: Annotated[str, Meta(min_length=1, description="Consumer group; each channel has one of its own beside it.")] = (
        "rollguard-alerts"
    )
    least_severity: Annotated[AlertSeverity, Meta(description="The least that is sent to channels.")] = "warning"
    give_up_after_seconds: Annotated[
        float, Meta(gt=0, description="An alert that a channel did not take for this long becomes a dead letter.")
    ] = 900.0
    stale_after_seconds: Annotated[
        float, Meta(gt=0, description="Older alerts are sent only while their incident lasts; a new channel begins with these.")
    ] = 3600.0
    timeout_seconds: Annotated[float, Meta(gt=0, description="How long a channel may take to answer.")] = 10.0
    ca_file: Annotated[str, Meta(description="Certificate authority of the channels; the public ones where empty.")] = ""
    alertmanager_url: Annotated[str, Meta(description="Prometheus Alertmanager, such as http://alertmanager:9093.")] = ""
    alertmanager_token: Annotated[str, Meta(description="Bearer token, where a proxy before it asks for one.")] = ""
    alertmanager_hold_seconds: Annotated[
        float, Meta(ge=120, description="How long an alert stays open there when rollguard falls silent.")
    ] = 3600.0
    pagerduty_routing_key: Annotated[str, Meta(description="Integration key of an Events API v2 integration.")] = ""
    pagerduty_url: Annotated[str, Meta(description="Where events go; https://events.eu.pagerduty.com/v2/enqueue in Europe.")] = (
        "https://events.pagerduty.com/v2/enqueue"
    )
    opsgenie_api_key: Annotated[str, Meta(description="Key of an API integration.")] = ""
    opsgenie_url: Annotated[str, Meta(description="Where its API is; https://api.eu.opsgenie.com in Europe.")] = (
        "https://api.opsgenie.com"
    )
    slack_webhook_url: Annotated[str, Meta(description="Address of an incoming webhook; a secret.")] = ""
    slack_token: Annotated[str, Meta(description="A bot's token (chat:write), instead of a webhook: one thread an incident.")] = ""
    slack_channel: Annotated[str, Meta(description="Where the bot posts: a channel's id.")] = ""
    slack_api_url: Annotated[str, Meta(description="Slack's API.")] = "https://slack.com/api"
    teams_webhook_url: Annotated[str, Meta(description="Address of a Teams workflow that takes webhook requests; a secret.")] = ""
    email_to: Annotated[str, Meta(description="Who gets e-mail; addresses with commas between.")] = ""
    email_from: Annotated[str, Meta(description="From whom.")] = ""
    email_server: Annotated[str, Meta(description="The mail server, host or host:port.")] = ""
    email_security: Annotated[
        Literal["starttls", "tls", "none"], Meta(description="How to talk to it; the port is 587, 465 or 25 unless given.")
    ] = "starttls"
    email_username: Annotated[str, Meta(description="Who logs in; nobody where empty.")] = ""
    email_password: Annotated[str, Meta(description="The secret for it.")] = ""
    webhook_url: Annotated[str, Meta(description="An address of your own; gets each alert as a CloudEvent.")] = ""
    webhook_secret: Annotated[
        str, Meta(description="Signs it by Standard Webhooks: whsec_ and a key in base64; several with spaces between.")
    ] = ""
    grafana_url: Annotated[str, Meta(description="Grafana, for annotations, such as http://grafana:3000.")] = ""
    grafana_token: Annotated[str, Meta(description="Token of a service account that may read and write annotations.")] = ""
    apprise_urls: Annotated[
        str, Meta(description="Addresses for apprise, for what is not in this list; spaces between. Needs the extra `apprise`.")
    ] = ""
