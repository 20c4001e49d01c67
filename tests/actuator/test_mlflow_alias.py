"""
What is MLflow's own: which of its errors may go away, what its tags say, and aliases that others move at the same time.
"""

import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from actuator.worlds import MlflowWorld
from rollguard_actuator.core.ports import Mark, Move
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.targets import MlflowAlias

TARGET = MlflowAlias(model="fraud", alias="champion")


def driver_for(url, timeout_seconds=30):
    from rollguard_actuator.drivers.mlflow_alias import MlflowAliasDriver  # noqa: PLC0415  # takes seconds, only where it is used

    return MlflowAliasDriver(url, timeout_seconds=timeout_seconds)


@contextmanager
def answering(status, body=b"", after=None):
    """Serve one answer to everything; with ``after``, wait for that event first."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            if after is not None:
                after.wait()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        if after is not None:
            after.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_an_error_that_may_go_away_is_temporary(status):
    with answering(status) as url, pytest.raises(Temporary):
        await driver_for(url).observe(TARGET)


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_an_error_that_will_not_go_away_is_permanent(status):
    with answering(status) as url, pytest.raises(Permanent):
        await driver_for(url).observe(TARGET)


async def test_a_refusal_is_told_in_mlflows_own_words():
    body = b'{"error_code": "PERMISSION_DENIED", "message": "not on this model"}'
    with answering(403, body) as url, pytest.raises(Permanent, match="not on this model"):
        await driver_for(url).observe(TARGET)


async def test_a_server_that_is_not_there_is_temporary():
    with answering(200) as url:
        pass
    with pytest.raises(Temporary):
        await driver_for(url).observe(TARGET)


async def test_a_server_that_does_not_answer_in_time_is_temporary():
    with answering(200, after=threading.Event()) as url, pytest.raises(Temporary, match="timeout"):
        await driver_for(url, timeout_seconds=1).observe(TARGET)


class Registry:
    """A model with two versions on the real server; the second is live."""

    def __init__(self, url):
        self.driver = driver_for(url)
        self.client = self.driver._client
        self.target = MlflowAlias(model=f"fraud-{uuid.uuid4().hex[:8]}", alias="champion")
        self.client.create_registered_model(self.target.model)
        for _ in range(2):
            self.client.create_model_version(self.target.model, "s3://models/fraud", await_creation_for=0)
        self.client.set_registered_model_alias(self.target.model, "champion", "2")

    def tags(self, version):
        return self.client.get_model_version(self.target.model, version).tags


@pytest.fixture
def registry(mlflow_server):
    return Registry(mlflow_server.url)


class Meddler:
    """A client beside which somebody else moves the alias on, just after it was set."""

    def __init__(self, client, back_to):
        self._client, self._back_to = client, back_to

    def __getattr__(self, name):
        return getattr(self._client, name)

    def set_registered_model_alias(self, model, alias, version):
        self._client.set_registered_model_alias(model, alias, version)
        self._client.set_registered_model_alias(model, alias, self._back_to)


@pytest.mark.real
async def test_an_alias_that_reads_back_otherwise_is_reported_and_not_fought_over(registry):
    registry.driver._client = Meddler(registry.client, back_to="2")
    with pytest.raises(Permanent, match="reads back as 2"):
        await registry.driver.apply(registry.target, Move(from_revision="2", to_revision="1"))
    assert (await registry.driver.observe(registry.target)).revision == "2"


@pytest.mark.real
async def test_a_move_to_a_version_that_vanished_is_permanent(registry):
    with pytest.raises(Permanent, match="not found"):
        await registry.driver.apply(registry.target, Move(from_revision="2", to_revision="99"))


@pytest.mark.real
async def test_the_tags_say_which_version_was_rolled_back_and_by_which_decision(registry):
    await registry.driver.apply(registry.target, Mark(suspect_revision="2", restored_revision="1", decision_id="decision-1"))
    assert registry.tags("2") == {"rollguard.state": "rolled_back", "rollguard.decision": "decision-1"}
    assert registry.tags("1") == {"rollguard.state": "champion", "rollguard.decision": "decision-1"}


@pytest.mark.real
async def test_a_claim_that_somebody_edited_stops_the_driver(registry):
    registry.client.set_registered_model_tag(registry.target.model, "rollguard.claim.champion", "mine!")
    with pytest.raises(Permanent, match="delete the tag"):
        await registry.driver.observe(registry.target)


@pytest.mark.real
async def test_what_was_taken_back_does_not_pass_the_gate_until_its_time_is_over_or_the_glass_is_broken(mlflow_server):
    world, now = MlflowWorld(mlflow_server.url), [1000.0]
    driver, model = world.driver, world.target.model
    driver._quarantine_seconds, driver._clock = 60.0, lambda: now[0]
    restored, suspect = world.register(), world.register()
    await driver.apply(world.target, Mark(suspect_revision=suspect, restored_revision=restored, decision_id="decision-1"))
    assert "until 1970-01-01T00:17:40+00:00 (decision decision-1)" in await driver.gate(model, suspect)
    assert await driver.gate(model, restored) is None
    assert "no version 99" in await driver.gate(model, "99")
    now[0] += 60.0
    assert await driver.gate(model, suspect) is None
    now[0] -= 30.0
    world._client.set_model_version_tag(model, suspect, "rollguard.break-glass", "incident-4711")
    assert await driver.gate(model, suspect) is None
