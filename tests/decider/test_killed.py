"""
The decider as a process, on a real broker: killed in the middle of its work, and every signal has exactly one answer in the end.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import asynccontextmanager

import pytest

from decider.process import decider
from decider.stories import breach, policy, started
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from rollguard_schemas.codec import decode, encode
from rollguard_schemas.decisions import RollbackDecided
from rollguard_schemas.topics import DECISIONS, POLICIES, ROLLOUTS, SIGNALS
from support.buses import running
from support.topics import fresh_name

SIGNALS_EACH = 60


class Answers:
    """Decisions as they come, by the signals that they answer; other tests' workloads are passed over."""

    def __init__(self, follower, workloads):
        self._follower, self._workloads = follower, workloads
        self.by_signal = defaultdict(list)

    async def until(self, count):
        """Read until so many signals have answers; the test's own timeout is the limit."""
        while len(self.by_signal) < count:
            await self._read()

    async def _read(self):
        for record in await self._follower.poll(timeout_seconds=0.2):
            decision = decode(DECISIONS, record.value, record.headers).event
            for answered in decision.signal_ids if decision.workload in self._workloads else ():
                self.by_signal[answered].append(decision)

    async def settle(self):
        """Read what may still come."""
        for _ in range(5):
            await self._read()


@asynccontextmanager
async def bus_ends(broker, workloads):
    """Return a sink, and the answers to these workloads."""
    bus = KafkaBus(SharedSettings(kafka=broker.bootstrap), client_id="decider-test")
    async with running(bus.sink()) as sink, running(bus.follower([DECISIONS.name])) as follower:
        yield sink, Answers(follower, workloads)


def _rollout(workload, number):
    return started(f"{workload}-ro-{number}", workload=workload)


def _breaches(workload, numbers):
    return [encode(SIGNALS, breach(f"{workload}-s-{n}", at=60 + n, workload=workload), source="/test") for n in numbers]


@pytest.mark.real
async def test_every_signal_is_answered_once_though_the_decider_is_killed(rollguard_topics, tmp_path):
    workloads = [f"shop/{fresh_name('killed')}" for _ in range(3)]
    group, log = fresh_name("killed-decider"), tmp_path / "decider.log"
    async with bus_ends(rollguard_topics, workloads) as (sink, answers):
        for workload in workloads:
            await sink.publish([encode(POLICIES, policy(workload=workload), source="/test")])
            await sink.publish([encode(ROLLOUTS, _rollout(workload, 1), source="/test")])
            await sink.publish(_breaches(workload, range(SIGNALS_EACH // 2)))
        with decider(rollguard_topics.bootstrap, log, group=group, unanswered_after_seconds="5") as process:
            await answers.until(20)
            for workload in workloads:
                await sink.publish(_breaches(workload, range(SIGNALS_EACH // 2, SIGNALS_EACH)))
            process.send_signal(signal.SIGKILL)
            process.wait()
        with decider(rollguard_topics.bootstrap, log, group=group, unanswered_after_seconds="5") as process:
            await answers.until(SIGNALS_EACH * len(workloads))
            await answers.settle()
            process.terminate()
            assert process.wait() == 0

    _assert_answered_once(answers, workloads)
    assert all("event" in json.loads(line) for line in log.read_text().splitlines())


def _assert_answered_once(answers, workloads):
    said = {decision.id: decision for decisions in answers.by_signal.values() for decision in decisions}
    withheld = Counter(
        answered
        for answered, decisions in answers.by_signal.items()
        for decision in decisions
        if not isinstance(decision, RollbackDecided)
    )
    assert max(withheld.values()) == 1
    rollbacks = [decision.workload for decision in said.values() if isinstance(decision, RollbackDecided)]
    assert sorted(rollbacks) == sorted(workloads)


def test_a_wrong_setting_is_refused_at_once(tmp_path):
    environment = {**os.environ, "ROLLGUARD_DECIDER_GRUOP": "x"}
    ended = subprocess.run(
        [sys.executable, "-m", "rollguard_decider", "run"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 2
    assert "did you mean ROLLGUARD_DECIDER_GROUP?" in ended.stderr
