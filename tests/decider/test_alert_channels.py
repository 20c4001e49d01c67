"""
Every channel over HTTP behaves by one contract: its documented requests, and what happens next when it does not take one.
"""

import time
from importlib.util import find_spec

import msgspec
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from decider.channel_server import channel_server
from decider.channels import NOW, SECRET, WEBHOOK_SECRET, WORLDS
from decider.newsroom import Newsroom
from decider.stories import breach, given, recovered, started
from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.core.incidents.example import example
from rollguard_decider.sinks.choosing import sinks_of
from rollguard_decider.sinks.nothing import NoSink
from rollguard_runtime.errors import Permanent, Rejected, SettingsRefused, Temporary
from rollguard_schemas.alerts import Alert, NextStep
from rollguard_schemas.outcomes import ActionApplied, Succeeded

# It looks whether a module is there that Python is about to drop.
IGNORES_IMGHDR = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
NEEDS_APPRISE = pytest.mark.skipif(find_spec("apprise") is None, reason="apprise is not installed; `make setup` installs it")
EACH = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


def incident():
    """Return the alerts of one incident: opened, updated, resolved."""
    story = given(started(), breach())
    news = Newsroom().hears_story(story).hears_outcome(ActionApplied, story.said[0], at=61)
    return news.hears(*story.when(recovered(at=80)).said).hears_outcome(Succeeded, story.all_said[0], at=90).alerts


OPENED, *UPDATED, RESOLVED = incident()


async def send(sink, *alerts):
    try:
        for alert in alerts:
            await sink.send(alert)
    finally:
        await sink.close()


@EACH
async def test_every_request_of_an_incident_is_as_documented_and_about_one_incident(world):
    with world.running() as (sink, server):
        await send(sink, OPENED, *UPDATED, RESOLVED)
    for asked in server.asked:
        world.check(asked)
    keys = world.keys(server)
    assert keys is None or len(keys) == 1


@EACH
async def test_what_is_sent_twice_bears_the_same_key(world):
    with world.running() as (sink, server):
        await send(sink, OPENED, OPENED)
    keys = world.keys(server)
    assert keys is None or len(keys) == 1


@EACH
async def test_texts_of_any_length_and_content_stay_within_what_is_documented(world):
    explanation = msgspec.structs.replace(OPENED.decision.explanation, summary="<b>&*_[x](y)*" * 5_000, gates=("g" * 500,) * 100)
    long = msgspec.structs.replace(
        OPENED,
        title="t\n" * 3_000,
        summary="s" * 40_000,
        next_steps=(NextStep(does="d", command="c" * 900),) * 20,
        decision=msgspec.structs.replace(OPENED.decision, explanation=explanation),
    )
    with world.running() as (sink, server):
        await send(sink, long)
    for asked in server.asked:
        world.check(asked)


@EACH
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_a_server_that_fails_is_asked_again_later(world, status):
    with world.running() as (sink, server):
        server.answers(status, b"oops")
        with pytest.raises(Temporary, match=str(status)):
            await send(sink, OPENED)


@EACH
async def test_too_many_requests_waits_for_as_long_as_is_asked(world):
    with world.running() as (sink, server):
        server.answers(429, b"slow down", retry_after="37")
        with pytest.raises(Rejected) as raised:
            await send(sink, OPENED)
    assert raised.value.retry_after_seconds == 37


@EACH
async def test_busy_until_a_date_waits_until_then(world):
    with world.running() as (sink, server):
        server.answers(503, date="Tue, 24 Nov 2026 10:00:00 GMT", retry_after="Tue, 24 Nov 2026 10:02:00 GMT")
        with pytest.raises(Rejected) as raised:
            await send(sink, OPENED)
    assert raised.value.retry_after_seconds == 120


@EACH
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 302])
async def test_what_is_refused_is_not_tried_again(world, status):
    with world.running() as (sink, server):
        server.answers(status, b"no", location=f"{server.url}/elsewhere")
        with pytest.raises(Permanent, match=str(status)):
            await send(sink, OPENED)
    assert len(server.asked) == 1


@EACH
async def test_an_answer_that_does_not_come_in_time_is_waited_for_no_longer(world):
    with world.running(timeout_seconds=0.1) as (sink, server):
        server.is_silent = True
        with pytest.raises(Temporary):
            await send(sink, OPENED)


@EACH
async def test_a_server_that_is_not_there_is_asked_again_later(world):
    with world.running() as (sink, _):
        pass
    with pytest.raises(Temporary, match="cannot be reached"):
        await send(sink, OPENED)


@EACH
async def test_no_error_tells_a_secret(world):
    with world.running() as (sink, server):
        for status in (400, 500):
            server.answers(status, f"what you sent: {world.secret}".encode())
            with pytest.raises((Temporary, Permanent)) as raised:
                await sink.send(OPENED)
            assert world.secret not in str(raised.value)
    with pytest.raises(Temporary) as raised:
        await send(sink, OPENED)
    assert world.secret not in str(raised.value)


def _asked_of(name):
    return next(world for world in WORLDS if world.name == name)


async def test_pagerduty_triggers_and_resolves():
    with _asked_of("pagerduty").running() as (sink, server):
        await send(sink, OPENED, RESOLVED)
    assert [asked.json["event_action"] for asked in server.asked] == ["trigger", "resolve"]
    assert server.asked[0].json["payload"]["custom_details"]["decision"]["id"] == OPENED.decision.id


async def test_opsgenie_creates_notes_and_closes_by_alias():
    with _asked_of("opsgenie").running() as (sink, server):
        await send(sink, OPENED, UPDATED[0], RESOLVED)
    place = f"/v2/alerts/{OPENED.incident}"
    assert [asked.path for asked in server.asked] == ["/v2/alerts", "/v2/alerts", f"{place}/notes", f"{place}/close"]
    assert [asked.params for asked in server.asked[2:]] == [{"identifierType": ["alias"]}] * 2
    assert {asked.headers["authorization"] for asked in server.asked} == {f"GenieKey {SECRET}"}


async def test_a_slack_bot_keeps_one_thread_an_incident_and_shows_its_end_in_the_channel():
    with _asked_of("slack bot").running() as (sink, server):
        await send(sink, OPENED, UPDATED[0], RESOLVED, example(NOW)[0])
    threads = [(asked.json.get("thread_ts"), asked.json.get("reply_broadcast")) for asked in server.asked]
    assert threads == [(None, None), ("1503435956.000247", False), ("1503435956.000247", True), (None, None)]


@pytest.mark.parametrize(("error", "kind"), [("ratelimited", Temporary), ("channel_not_found", Permanent)])
async def test_slack_refuses_with_200(error, kind):
    with _asked_of("slack bot").running() as (sink, server):
        server.answers(200, f'{{"ok":false,"error":"{error}"}}'.encode())
        with pytest.raises(kind, match=error):
            await send(sink, OPENED)


async def test_slack_shows_what_the_decision_says_and_what_to_type_and_no_markup_of_others():
    said = msgspec.structs.replace(OPENED, summary="<!channel> & more")
    with _asked_of("slack").running() as (sink, server):
        await send(sink, said)
    text = server.asked[0].body.decode()
    assert "&lt;!channel&gt; &amp; more" in text
    assert f"rollguard explain {OPENED.decision.id}" in text


async def test_a_webhook_is_verified_by_the_library_of_the_standard():
    other = "whsec_" + "c2Vjb25k" * 4
    with _asked_of("webhook").running(webhook_secret=f"{WEBHOOK_SECRET} {other}", clock=time.time) as (sink, server):
        await send(sink, OPENED)
    (asked,) = server.asked
    for secret in (WEBHOOK_SECRET, other):
        assert Webhook(secret).verify(asked.body, asked.headers)["id"] == OPENED.id
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_bm9uZQ").verify(asked.body, asked.headers)


async def test_a_webhook_carries_the_alert_as_it_stands_on_its_topic():
    with _asked_of("webhook").running() as (sink, server):
        await send(sink, OPENED)
    (asked,) = server.asked
    assert msgspec.convert(asked.json["data"], Alert) == OPENED
    assert (asked.headers["webhook-id"], asked.headers["webhook-timestamp"]) == (OPENED.id, str(int(NOW)))


async def test_grafana_changes_the_annotation_that_it_finds_and_makes_one_where_there_is_none():
    with _asked_of("grafana").running() as (sink, server):
        await send(sink, RESOLVED)
        search, change = server.asked
    assert (change.method, change.path) == ("PATCH", "/api/annotations/1124")
    assert change.json["timeEnd"] > change.json["time"]
    assert f"incident:{RESOLVED.incident}" in search.params["tags"]
    with _asked_of("grafana").running() as (sink, server):
        server.answers(200, b"[]")
        await send(sink, OPENED)
    assert [asked.method for asked in server.asked] == ["GET", "POST"]


async def test_alertmanager_ends_the_alert_of_the_severity_that_it_was():
    worse = msgspec.structs.replace(UPDATED[0], severity="critical", was=("warning",))
    with _asked_of("alertmanager").running() as (sink, server):
        await send(sink, worse)
    now, before = server.asked[0].json
    assert [one["labels"]["severity"] for one in (now, before)] == ["critical", "warning"]
    assert now["endsAt"] > before["endsAt"]


async def test_nothing_is_a_channel():
    await send(NoSink(), OPENED, RESOLVED)
    assert [sink.name for sink in sinks_of(AlertSettings(), clock=time.time)] == ["nothing"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"slack_token": "x"}, "ROLLGUARD_ALERTS_SLACK_CHANNEL is needed"),
        ({"slack_token": "x", "slack_webhook_url": "https://y"}, "give one of them"),
        ({"email_to": "a@b.example"}, "ROLLGUARD_ALERTS_EMAIL_SERVER is needed"),
        ({"email_to": "a@b.example", "email_server": "h:x", "email_from": "c@d.example"}, "write host or host:port"),
        ({"webhook_url": "https://y", "webhook_secret": "whsec_!"}, "write whsec_ and the key in base64"),
    ],
)
def test_a_channel_that_is_half_set_up_is_refused_at_the_start(settings, told):
    with pytest.raises(SettingsRefused, match=told):
        sinks_of(AlertSettings(**settings), clock=time.time)


@NEEDS_APPRISE
@IGNORES_IMGHDR
def test_an_address_that_apprise_does_not_know_is_refused_at_the_start_and_not_shown():
    with pytest.raises(SettingsRefused, match="address 2 is none that apprise knows"):
        sinks_of(AlertSettings(apprise_urls="json://here nonsense"), clock=time.time)


@NEEDS_APPRISE
@IGNORES_IMGHDR
async def test_apprise_tells_every_address_and_says_when_one_was_not():
    with channel_server() as server:
        (sink,) = sinks_of(AlertSettings(apprise_urls=server.url.replace("http", "json")), clock=time.time)
        await send(sink, OPENED)
        assert server.asked[0].json["title"].startswith("[CRITICAL] shop/fraud-scorer")
        server.answers(500)
        with pytest.raises(Temporary, match="not told"):
            await send(sink, OPENED)
