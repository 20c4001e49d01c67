"""
The service as a whole: its command, its default of changing nothing, and its loops together, in memory and on real parts.
"""

import asyncio
import subprocess
import sys
import time
import uuid
from contextlib import asynccontextmanager

import pytest

from actuator.process import said, say
from actuator.registry import FakeDriver, FakeRegistry
from actuator.saying import TARGET, policy, rollback, serving
from actuator.waiting import until
from rollguard_actuator.__main__ import main, make_driver
from rollguard_actuator.settings import ActuatorSettings
from rollguard_actuator.shell.serve import serve
from rollguard_runtime.errors import Temporary
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.service import Process
from rollguard_schemas import codec
from rollguard_schemas.outcomes import ActionApplied, Succeeded
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.targets import MlflowAlias
from rollguard_schemas.topics import BY_NAME, DECISIONS, OUTCOMES, POLICIES, ROLLOUTS, SIGNALS

_PATIENCE_SECONDS = 60.0


def test_nothing_is_changed_unless_the_mode_says_so():
    assert make_driver(ActuatorSettings()).capabilities.is_dry_run
    assert not make_driver(ActuatorSettings(mode="act")).capabilities.is_dry_run


def test_the_command_does_not_load_mlflow_before_it_is_needed():
    program = "import sys, rollguard_actuator.__main__; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_misspelt_setting_is_refused_with_the_nearest_name(monkeypatch, capsys):
    monkeypatch.setenv("ROLLGUARD_ACTUATOR_MOD", "act")
    assert main(["run"]) == 2
    assert "did you mean ROLLGUARD_ACTUATOR_MODE" in capsys.readouterr().err


@asynccontextmanager
async def running(bus, driver):
    """Run the whole service within the block."""
    settings = ActuatorSettings(watch_interval_seconds=0.01)
    process = Process("actuator", settings, bus)
    await process.sink.start()
    task = asyncio.ensure_future(serve(settings, process, driver))
    try:
        yield process
    finally:
        process.stop.set()
        await task
        await process.sink.stop()


def fresh_rollback(**given):
    """Decide now: the service under test asks the real clock."""
    return rollback(time_unix_seconds=time.time(), deadline_unix_seconds=time.time() + 300, **given)


async def test_the_loops_together_watch_act_and_verify_while_the_registry_stumbles():
    bus, registry = MemoryBus(), FakeRegistry()
    registry.register("fraud", "1")
    registry.point(TARGET, "2")
    registry.trouble = {"observe": [Temporary("down", retry_after_seconds=0)]}
    say(bus, policy())
    async with running(bus, FakeDriver(registry)) as process:
        await until(lambda: said(bus, ROLLOUTS))
        say(bus, fresh_rollback())
        await until(lambda: said(bus, OUTCOMES))
        say(bus, serving("1", at=time.time()))
        await until(lambda: len(said(bus, OUTCOMES)) == 2)
        assert process.progress.is_ready()
        assert process.progress.complaint() is None
    assert [type(outcome) for outcome in said(bus, OUTCOMES)] == [ActionApplied, Succeeded]
    assert said(bus, ROLLOUTS)[-1].decision_id == "decision-1"


class OneWorkload:
    """What is said about one workload on a real broker; other tests may use the same topics."""

    def __init__(self, bus, workload):
        self.workload = workload
        self.events = []
        self._follower = bus.follower([OUTCOMES.name, ROLLOUTS.name])
        self._sink = bus.sink()

    async def __aenter__(self):
        await self._follower.start()
        await self._sink.start()
        return self

    async def __aexit__(self, *exception):
        await self._follower.stop()
        await self._sink.stop()

    async def say(self, topic, event):
        await self._sink.publish([codec.encode(topic, event, source="/test")])

    async def hear(self, kind):
        """Wait for an event of a kind."""
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while not (found := [event for event in self.events if isinstance(event, kind)]):
            assert time.monotonic() < give_up, f"no {kind.__name__} came"
            for record in await self._follower.poll(timeout_seconds=0.2):
                event = codec.decode(BY_NAME[record.topic], record.value, record.headers).event
                self.events += [event] if event.workload == self.workload else []
        return found[0]


@pytest.mark.real
async def test_on_a_real_broker_and_a_real_registry_a_rollback_moves_the_alias_and_succeeds(rollguard_topics, mlflow_server):
    name = f"fraud-{uuid.uuid4().hex[:8]}"
    settings = ActuatorSettings(kafka=rollguard_topics.bootstrap, mlflow_url=mlflow_server.url, mode="act")
    driver = make_driver(settings)
    registry = driver._drivers[MlflowAlias]._client
    registry.create_registered_model(name)
    for _ in range(2):
        registry.create_model_version(name, "s3://models/fraud", await_creation_for=0)
    registry.set_registered_model_alias(name, "champion", "2")

    bus = KafkaBus(settings, client_id="test-actuator")
    about = {"workload": f"shop/{name}", "target": MlflowAlias(model=name, alias="champion")}
    async with running(bus, driver), OneWorkload(bus, about["workload"]) as workload:
        await workload.say(POLICIES, policy(**about))
        await workload.hear(RolloutStarted)
        await workload.say(DECISIONS, fresh_rollback(id=f"decision-{name}", **about))
        applied = await workload.hear(ActionApplied)
        assert (applied.steps[3].before, applied.steps[3].after) == ("2", "1")
        await workload.say(SIGNALS, serving("1", at=time.time(), workload=about["workload"]))
        await workload.hear(Succeeded)
    assert registry.get_registered_model(name).aliases == {"champion": "1"}
