"""
The status server, over a real socket.
"""

from http.client import HTTPConnection

import pytest

from rollguard_runtime.http import StatusServer
from rollguard_runtime.liveness import Progress


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def progress(clock):
    return Progress(stalled_after_seconds=10.0, clock=clock)


@pytest.fixture
def get(progress):
    server = StatusServer(progress, host="127.0.0.1", port=0)
    server.start()

    def ask(path):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", path)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text

    yield ask
    server.stop()


def test_a_process_is_ready_once_its_loops_went_round(get, progress):
    progress.expect("metrics")
    assert get("/readyz") == (503, "starting\n")
    progress.beat("metrics")
    assert get("/readyz") == (200, "ready\n")


def test_health_says_which_loop_stands_still(get, progress, clock):
    progress.expect("metrics")
    assert get("/healthz") == (200, "alive\n")
    clock.now = 11.0
    assert get("/healthz") == (503, "loop metrics has not gone round for 11 s\n")


def test_metrics_are_told_in_prometheus_text(get):
    status, text = get("/metrics")
    assert status == 200
    assert "# TYPE rollguard_events_consumed_total counter" in text


def test_any_other_path_says_which_there_are(get):
    assert get("/") == (404, "there are /metrics, /healthz and /readyz\n")
