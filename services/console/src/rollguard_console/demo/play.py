"""
The play: promote a healthy version and leave it alone, promote a bad one and watch it being taken back.

Each act waits for something to be *said* on a topic, never for a service's inside. With ``kill`` one service is killed in the
middle, where it hurts most, and started again: the story must end the same.
"""

import asyncio
import time
from collections.abc import Callable

import msgspec

from rollguard_console.demo import load_ledger, report, scenario
from rollguard_console.demo.report import Report
from rollguard_console.demo.stage import Stage
from rollguard_console.demo.story import Story
from rollguard_console.demo.target import DemoTarget
from rollguard_console.demo.view import View
from rollguard_console.local.services import ServiceName
from rollguard_runtime.bus import Follower
from rollguard_runtime.kafka import KafkaBus
from rollguard_schemas import codec, topics
from rollguard_schemas.codec import Malformed

_READ = (topics.ROLLOUTS, topics.SIGNALS, topics.DECISIONS, topics.OUTCOMES)
_START_TIMEOUT_SECONDS = 120.0
_POLL_SECONDS = 0.25
_ANSWERS_SECONDS = 20.0


class NothingHappened(RuntimeError):
    """What an act waits for did not come in time; the text names it and where to look."""


class Play:
    """One performance on a stage."""

    def __init__(self, stage: Stage, view: View, acts: scenario.Acts, *, kill: ServiceName | None) -> None:
        self._stage, self._view, self._acts, self._kill = stage, view, acts, kill
        self.story = Story(scenario.WORKLOAD)
        self._began = time.monotonic()
        self._follower: Follower
        self._healthy = self._bad = ""

    async def perform(self) -> Report:
        """Play all acts and close with the report."""
        stage, view = self._stage, self._view
        await stage.apply_topics()
        stage.start_services()
        view.phase("detector, decider and actuator are starting")
        bus = KafkaBus(stage.settings, client_id="rollguard-demo")
        await _apply_policy(bus, stage.target)
        self._follower = bus.follower([topic.name for topic in _READ])
        await self._follower.start()
        try:
            for step in stage.target.steps(stage):
                view.phase(step.phase)
                await self._until(step.is_done, _START_TIMEOUT_SECONDS, step.otherwise)
            stage.start_load()
            await self._acts_on_stage()
            return self._close()
        finally:
            await self._follower.stop()

    async def _acts_on_stage(self) -> None:
        view, acts = self._view, self._acts
        await self._until(self._is_set_up, _START_TIMEOUT_SECONDS, "the services or the model server did not get ready")
        _, healthy, bad = scenario.VERSIONS
        view.phase(f"revision {self._stage.target.first_revision()} serves; learning its series")
        await self._watch(acts.baseline_seconds)
        view.phase(f"rolling out version {healthy}: it is healthy")
        self._healthy = await self._promote(healthy)
        await self._watch(acts.healthy_seconds)
        await self._watch(acts.verdict_timeout_seconds, until=self._is_shown_healthy)
        if self._is_shown_healthy():
            view.phase(f"comparison shows that revision {self._healthy} is healthy: it stays")
        view.phase(f"rolling out version {bad}: its latency will climb")
        self._bad = await self._promote(bad)
        if self._kill:
            await self._until(self._is_time_to_kill, acts.rollback_timeout_seconds, "the moment to kill did not come")
            await self._kill_and_restart(self._kill)
        await self._until(self._is_over, acts.rollback_timeout_seconds, "the bad revision was not taken back")
        await self._watch(3.0)  # the restored revision's first seconds belong to the report
        await self._watch(_ANSWERS_SECONDS, until=lambda: not self.story.unanswered())  # what was said last is not answered yet

    def _is_set_up(self) -> bool:
        return self.story.serving() is not None and all(service.is_ready() for service in self._stage.services.values())

    async def _promote(self, version: str) -> str:
        revision = await asyncio.to_thread(self._stage.target.promote, version)
        await self._until(lambda: self.story.serving() == revision, 60.0, f"revision {revision} did not begin to serve")
        return revision

    def _is_over(self) -> bool:
        decisions = self.story.decided_against(self._bad)
        return bool(decisions) and self.story.end_of(decisions[0]) is not None

    def _is_time_to_kill(self) -> bool:
        """The detector in the climb, the decider with a forecast on its table, the actuator with the change made but not proven."""
        moments: dict[ServiceName, Callable[[], object]] = {
            "detector": lambda: self.story.latency_p95_seconds() > scenario.BOUND_SECONDS / 4,
            "decider": lambda: self.story.forecast_of(self._bad),
            "actuator": self.story.applied,
        }
        return self._kill is not None and bool(moments[self._kill]())

    async def _kill_and_restart(self, name: ServiceName) -> None:
        service = self._stage.services[name]
        self._view.phase(f"kill -9 of the {name}")
        service.child.kill()
        await asyncio.sleep(1.0)
        service.restart()
        self._view.phase(f"the {name} is started again")

    def _is_shown_healthy(self) -> bool:
        said = self.story.compared(self._healthy)
        return said is not None and said.verdict == "healthy"

    async def _watch(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> None:
        """Watch for so long, or until something is the case; if it never is, the report will say so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            await self._listen()

    async def _until(self, is_done: Callable[[], bool], timeout_seconds: float, otherwise: str) -> None:
        until = time.monotonic() + timeout_seconds
        while not is_done():
            if time.monotonic() > until:
                raise NothingHappened(f"{otherwise} within {timeout_seconds:.0f} s; the logs are in {self._stage.run_dir}")
            await self._listen()

    async def _listen(self) -> None:
        self._stage.refuse_dead_children()
        for record in await self._follower.poll(timeout_seconds=_POLL_SECONDS):
            try:
                self.story.tell(codec.decode(topics.BY_NAME[record.topic], record.value, record.headers).event)
            except Malformed:
                continue  # whoever reads the topic for a living dead-letters it
        self.story.seconds = load_ledger.read(self._stage.ledger_path)
        self._view.refresh(self.story)

    def _close(self) -> Report:
        expectation = report.Expectation(
            healthy_revision=self._healthy,
            bad_revision=self._bad,
            bound_seconds=scenario.BOUND_SECONDS,
            fault_seconds_per_second=scenario.FAULT_SECONDS_PER_SECOND,
        )
        return report.close(
            self.story,
            expectation,
            broker=self._stage.broker.description,
            target=self._stage.target.description,
            elapsed_seconds=time.monotonic() - self._began,
        )


async def _apply_policy(bus: KafkaBus, target: DemoTarget) -> None:
    sink = bus.sink()
    await sink.start()
    try:
        await sink.publish([codec.encode(topics.POLICIES, scenario.policy(target.policy_target), source="/rollguard/demo")])
    finally:
        await sink.stop()


def as_json(closed: Report) -> str:
    """Write the report as one line."""
    return msgspec.json.encode({"ok": closed.is_success, **msgspec.to_builtins(closed)}).decode()
