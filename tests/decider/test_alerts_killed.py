"""
Alerting as a process, on a real broker: killed while a channel is down, and in the end the channel has every incident, opened and
resolved.
"""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

import msgspec
import pytest

from decider.channel_server import channel_server
from decider.stories import breach, given, outcome, recovered, started
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from rollguard_schemas.codec import encode
from rollguard_schemas.outcomes import Succeeded
from rollguard_schemas.topics import DECISIONS, OUTCOMES
from support.buses import running
from support.topics import fresh_name

INCIDENTS = 3


@contextmanager
def alerting(broker, group, url, log):
    """Run the process; whatever happens, it does not outlive the block."""
    environment = {
        **os.environ,
        "ROLLGUARD_KAFKA": broker.bootstrap,
        "ROLLGUARD_ALERTS_GROUP": group,
        "ROLLGUARD_ALERTS_WEBHOOK_URL": url,
        "ROLLGUARD_ALERTS_STALE_AFTER_SECONDS": "1e9",
    }
    with log.open("a") as lines:
        process = subprocess.Popen([sys.executable, "-m", "rollguard_decider", "alerts", "run"], env=environment, stderr=lines)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _records(workload):
    """Return what a decider and an actuator say of one incident, told of this workload."""
    story = given(started())
    decision = story.when(breach()).then_rolls_back(to="7")
    end = story.when(recovered(at=80)).said[0]
    events = [(DECISIONS, decision), (DECISIONS, end), (OUTCOMES, outcome(Succeeded, decision, at=90))]
    return [encode(topic, _of(event, workload), source="/test") for topic, event in events]


def _of(event, workload):
    names = {name: f"{getattr(event, name)}-{workload}" for name in ("id", "decision_id") if getattr(event, name, None)}
    return msgspec.structs.replace(event, workload=workload, **names)


def _heard(server, workloads):
    """Return the statuses that the channel took, by workload, each alert once."""
    by_id = {asked.headers["webhook-id"]: asked.json["data"] for asked in server.asked}
    return {workload: [alert["status"] for alert in by_id.values() if alert["workload"] == workload] for workload in workloads}


def _wait(condition):
    """Return once a condition holds; the test's own timeout is the limit."""
    while not condition():
        time.sleep(0.05)


@pytest.mark.real
async def test_a_channel_has_every_incident_though_alerting_was_killed_while_it_was_down(rollguard_topics, tmp_path):
    workloads = [f"shop/{fresh_name('alerted')}" for _ in range(INCIDENTS)]
    group, log = fresh_name("alerts"), tmp_path / "alerts.log"
    bus = KafkaBus(SharedSettings(kafka=rollguard_topics.bootstrap), client_id="alerts-test")
    with channel_server() as server:
        async with running(bus.sink()) as sink:
            server.answers(503)
            with alerting(rollguard_topics, group, server.url, log):
                await sink.publish([record for workload in workloads for record in _records(workload)[:1]])
                _wait(lambda: server.asked)
        server.asked.clear()
        server.answers(204, b"")
        async with running(bus.sink()) as sink:
            with alerting(rollguard_topics, group, server.url, log) as process:
                _wait(lambda: all("opened" in heard for heard in _heard(server, workloads).values()))
                await sink.publish([record for workload in workloads for record in _records(workload)[1:]])
                _wait(lambda: all("resolved" in heard for heard in _heard(server, workloads).values()))
                process.terminate()
                assert process.wait() == 0
    for heard in _heard(server, workloads).values():
        assert (heard[0], heard[-1]) == ("opened", "resolved")
