"""
A detector as a process, started on a broker and a Prometheus server, both real: it knows the past before it hears the first point.

It has a broker of its own, since a second member of the group would take partitions from the detector of the other tests.
"""

import asyncio
import json
import os
import sys
import time
from urllib.request import urlopen

import pytest

from detector.histories import SPAN, STEP, server_labels, world
from rollguard_console.local import broker, ports
from rollguard_console.local.children import Child
from rollguard_console.local.part import CannotBeHad
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.service import EXIT_SETTINGS
from rollguard_runtime.settings import SharedSettings
from rollguard_schemas import codec
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.topics import METRICS, SIGNALS
from support.topics import apply_to

_PATIENCE_SECONDS = 90.0
WORKLOAD = "shop/fraud-scorer"
QUERY = {"query": "latency_seconds", "workload": "{namespace}/{deployment}", "revision": "{version}"}


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory):
    try:
        with broker.start(tmp_path_factory.mktemp("own-broker"), kind="embedded") as running:
            asyncio.run(apply_to(running))
            yield running
    except CannotBeHad as error:
        pytest.skip(str(error))


@pytest.fixture
def start(own_broker, tmp_path):
    """Return what starts a detector with a list of sources, and end what it started."""
    started = []

    def begin(plan, **settings):
        (tmp_path / "history.json").write_text(json.dumps(plan))
        environment = {name: text for name, text in os.environ.items() if not name.startswith("ROLLGUARD_")}
        environment["ROLLGUARD_KAFKA"] = own_broker.bootstrap
        given = {"BACKFILL_FILE": tmp_path / "history.json", "HTTP_PORT": ports.free_port(), **settings}
        environment |= {f"ROLLGUARD_DETECTOR_{name}": str(text) for name, text in given.items()}
        command = [sys.executable, "-m", "rollguard_detector", "run"]
        started.append(Child.start("detector", command, run_dir=tmp_path, environment=environment))
        return started[-1], given["HTTP_PORT"]

    yield begin
    for child in started:
        child.stop()


def _metric(port, name):
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


async def _first_signal(bus, point):
    sink, follower = bus.sink(), bus.follower([SIGNALS.name])
    await sink.start()
    await sink.publish([codec.encode(METRICS, point, source="/test")])
    await sink.stop()
    await follower.start()
    try:
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            for record in await follower.poll(timeout_seconds=0.5):
                return codec.decode(SIGNALS, record.value, record.headers).event
    finally:
        await follower.stop()
    raise AssertionError("no signal came")


async def test_the_first_live_point_is_judged_by_a_past_that_a_server_told(start, own_broker, prometheus):
    plan = {"sources": [{"driver": "prometheus", "url": prometheus.address, "stepSeconds": STEP, "queries": [QUERY]}]}
    child, port = start(plan, BACKFILL_SECONDS=time.time() - SPAN.since_seconds)
    point = MetricPoint(workload=WORKLOAD, time_unix_seconds=SPAN.until_seconds, metric="latency_seconds", value=0.05, revision="8")
    signal = await _first_signal(KafkaBus(SharedSettings(kafka=own_broker.bootstrap), client_id="test"), point)
    told = [one for one in world() if one.metric == "latency_seconds"]
    assert (signal.revision, signal.previous_revision) == ("8", "7"), child.end_of_log()
    assert SPAN.since_seconds < signal.time_unix_seconds < SPAN.until_seconds
    assert _metric(port, 'rollguard_detector_backfill_points_total{outcome="learned"}') == len(told)
    assert _metric(port, "rollguard_detector_backfill_series") == len({server_labels(one)["deployment"] for one in told})
    assert _metric(port, "rollguard_detector_backfill_behind_seconds") == 0


def test_a_wrong_list_ends_the_service_with_the_code_for_settings_and_says_where(start):
    child, _ = start({"sources": [{"driver": "prometheus", "url": "http://x", "query": []}]})
    assert child.wait(timeout_seconds=_PATIENCE_SECONDS) == EXIT_SETTINGS
    assert "history.json:1: sources[0].query: no such field; did you mean queries?" in child.end_of_log()
