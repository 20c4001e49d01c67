"""
From the settings to the channels: each kind of channel has one function here, which makes it where it is asked for.
"""

from collections.abc import Callable

from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.core.incidents.ports import AlertSink
from rollguard_decider.sinks.alertmanager import Alertmanager
from rollguard_decider.sinks.email import Email, Post
from rollguard_decider.sinks.grafana import Grafana
from rollguard_decider.sinks.long_tail import Apprise
from rollguard_decider.sinks.nothing import NoSink
from rollguard_decider.sinks.opsgenie import Opsgenie
from rollguard_decider.sinks.pagerduty import PagerDuty
from rollguard_decider.sinks.slack import SlackBot, SlackWebhook
from rollguard_decider.sinks.teams import Teams
from rollguard_decider.sinks.webhook import Webhook
from rollguard_runtime.asking import Channel
from rollguard_runtime.errors import SettingsRefused

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
Clock = Callable[[], float]


def sinks_of(settings: AlertSettings, *, clock: Clock) -> list[AlertSink]:
    """Return the channels that the settings ask for, or the one that does nothing. Raises ``SettingsRefused``."""
    return [sink for make in _MAKERS if (sink := make(settings, clock)) is not None] or [NoSink()]


def _channel(name: str, settings: AlertSettings, *secrets: str, authorization: str = "") -> Channel:
    headers = {"authorization": authorization} if authorization else {}
    return Channel(name, timeout_seconds=settings.timeout_seconds, headers=headers, secrets=secrets, ca_file=settings.ca_file)


def _alertmanager(settings: AlertSettings, clock: Clock) -> AlertSink | None:
    if not settings.alertmanager_url:
        return None
    token = settings.alertmanager_token
    channel = _channel("alertmanager", settings, token, authorization=f"Bearer {token}" if token else "")
    hold = settings.alertmanager_hold_seconds
    return Alertmanager(settings.alertmanager_url, channel=channel, hold_seconds=hold, clock=clock)


def _pagerduty(settings: AlertSettings, _: Clock) -> AlertSink | None:
    key = settings.pagerduty_routing_key
    if not key:
        return None
    return PagerDuty(settings.pagerduty_url, routing_key=key, channel=_channel("pagerduty", settings, key))


def _opsgenie(settings: AlertSettings, _: Clock) -> AlertSink | None:
    key = settings.opsgenie_api_key
    if not key:
        return None
    return Opsgenie(settings.opsgenie_url, channel=_channel("opsgenie", settings, key, authorization=f"GenieKey {key}"))


def _slack(settings: AlertSettings, _: Clock) -> AlertSink | None:
    url, token = settings.slack_webhook_url, settings.slack_token
    if url and token:
        raise SettingsRefused("ROLLGUARD_ALERTS_SLACK_WEBHOOK_URL and ROLLGUARD_ALERTS_SLACK_TOKEN: give one of them")
    if url:
        return SlackWebhook(url, channel=_channel("slack", settings, url))
    if not token:
        return None
    if not settings.slack_channel:
        raise SettingsRefused("ROLLGUARD_ALERTS_SLACK_CHANNEL is needed with ROLLGUARD_ALERTS_SLACK_TOKEN")
    channel = _channel("slack", settings, token, authorization=f"Bearer {token}")
    return SlackBot(settings.slack_api_url, room=settings.slack_channel, channel=channel)


def _teams(settings: AlertSettings, _: Clock) -> AlertSink | None:
    url = settings.teams_webhook_url
    return Teams(url, channel=_channel("teams", settings, url)) if url else None


def _email(settings: AlertSettings, _: Clock) -> AlertSink | None:
    recipients = tuple(one.strip() for one in settings.email_to.split(",") if one.strip())
    if not recipients:
        return None
    for name in ("email_server", "email_from"):
        if not getattr(settings, name):
            raise SettingsRefused(f"ROLLGUARD_ALERTS_{name.upper()} is needed with ROLLGUARD_ALERTS_EMAIL_TO")
    host, _colon, port = settings.email_server.partition(":")
    if port and not port.isdigit():
        raise SettingsRefused("ROLLGUARD_ALERTS_EMAIL_SERVER: write host or host:port")
    return Email(
        Post(
            host=host,
            port=int(port) if port else _PORTS[settings.email_security],
            security=settings.email_security,
            sender=settings.email_from,
            recipients=recipients,
            username=settings.email_username,
            password=settings.email_password,
            ca_file=settings.ca_file,
            timeout_seconds=settings.timeout_seconds,
        )
    )


def _webhook(settings: AlertSettings, clock: Clock) -> AlertSink | None:
    if not settings.webhook_url:
        return None
    secrets = settings.webhook_secret.split()
    return Webhook(settings.webhook_url, secrets=secrets, channel=_channel("webhook", settings, *secrets), clock=clock)


def _grafana(settings: AlertSettings, _: Clock) -> AlertSink | None:
    if not settings.grafana_url:
        return None
    token = settings.grafana_token
    return Grafana(
        settings.grafana_url, channel=_channel("grafana", settings, token, authorization=f"Bearer {token}" if token else "")
    )


def _apprise(settings: AlertSettings, _: Clock) -> AlertSink | None:
    urls = tuple(settings.apprise_urls.split())
    return Apprise(urls) if urls else None


_MAKERS: tuple[Callable[[AlertSettings, Clock], AlertSink | None], ...] = (
    _alertmanager,
    _pagerduty,
    _opsgenie,
    _slack,
    _teams,
    _email,
    _webhook,
    _grafana,
    _apprise,
)
