"""
The real Alertmanager: an incident is opened, updated, repeated and resolved, and seen through its own API.
"""

import json
import subprocess
import sys
import time
from urllib.request import urlopen

import msgspec
import pytest

from decider.newsroom import Newsroom
from decider.stories import breach, given, recovered, started
from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.sinks.choosing import sinks_of
from rollguard_schemas.outcomes import Failed

pytestmark = pytest.mark.real


def _seen(server, incident):
    with urlopen(f"{server.address}/api/v2/alerts?active=true&filter=incident%3D%22{incident}%22", timeout=10) as answer:  # noqa: S310  # http
        return json.load(answer)


def _moved_to_now(alerts):
    """Alertmanager knows the real time only; the story plays in another year."""
    shift = time.time() - alerts[-1].time_unix_seconds - 1
    return [
        msgspec.structs.replace(
            alert, time_unix_seconds=alert.time_unix_seconds + shift, opened_unix_seconds=alert.opened_unix_seconds + shift
        )
        for alert in alerts
    ]


async def test_an_incident_is_opened_updated_repeated_and_resolved(alertmanager):
    story = given(breach(revision=None), started())
    decision = story.then_rolls_back(to="7")
    news = Newsroom().hears_story(story).hears_outcome(Failed, decision, at=61)
    news.hears(*story.when(recovered(at=80)).said)
    opened, *updates, resolved = _moved_to_now(news.alerts)
    (sink,) = sinks_of(AlertSettings(alertmanager_url=alertmanager.address), clock=time.time)

    await sink.send(opened)
    (seen,) = _seen(alertmanager, opened.incident)
    assert (seen["labels"]["workload"], seen["status"]["state"]) == ("shop/fraud-scorer", "active")
    assert seen["annotations"]["summary"] == opened.title

    for update in [*updates, updates[-1]]:
        await sink.send(update)
    (seen,) = _seen(alertmanager, opened.incident)
    assert (seen["annotations"]["summary"], seen["labels"]["severity"]) == (updates[-1].title, "critical")
    assert json.loads(seen["annotations"]["decision"])["id"] == updates[-1].decision.id

    await sink.send(resolved)
    assert _seen(alertmanager, opened.incident) == []
    await sink.close()


def test_a_channel_is_tried_by_hand(alertmanager):
    command = [sys.executable, "-m", "rollguard_decider", "alerts", "test", "--sink", "alertmanager"]
    environment = {"ROLLGUARD_ALERTS_ALERTMANAGER_URL": alertmanager.address}
    tried = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (tried.returncode, tried.stderr) == (0, "")
    assert tried.stdout.splitlines() == ["alertmanager: opened was taken", "alertmanager: resolved was taken"]
