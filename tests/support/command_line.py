"""
The command line in one process, on a memory bus and a clock that stands until it is told to move.
"""

import asyncio
import json

import msgspec
from typer.testing import CliRunner

from rollguard_console.app import app
from rollguard_console.console import Console
from rollguard_runtime.bus import Record
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.topic_admin import TopicResult
from rollguard_schemas import codec, topics

NOW = 1_780_000_000.0
PARTITIONS = 4


class CommandLine:
    """Runs commands; what they publish is in ``bus``, what time they were told to wait in ``slept_seconds``."""

    def __init__(self):
        self.bus = MemoryBus(partitions=PARTITIONS, now_ms=lambda: int(self.now * 1000))
        self.now = NOW
        self.environ = {}
        self.slept_seconds = []
        self.topic_results = [TopicResult(topic.name, "created") for topic in topics.TOPICS]
        self.addresses = []

    def __call__(self, *words, text=None):
        """Run one command, in a context of its own."""
        return CliRunner().invoke(app, [str(word) for word in words], input=text, obj=self._console(), catch_exceptions=False)

    def document(self, *words, code=0):
        """Run a command with --json and return its only document."""
        result = self(*words, "--json")
        assert result.exit_code == code, result.output
        (line,) = result.stdout.splitlines()
        return json.loads(line)

    def say(self, topic, *events):
        """Put events on a topic."""
        for event in events:
            self.bus.append(codec.encode(topic, event, source="/test"))

    def heard(self, topic):
        """Return the events of a topic."""
        return [codec.decode(topic, record.value, record.headers).event for record in self.bus.records(topic.name)]

    def put(self, topic, value, *, headers=(), key=b"shop/fraud-scorer"):
        """Put bytes on a topic, and return the record."""
        self.bus.append(codec.OutgoingRecord(topic, key, value, headers))
        newest: Record = max(self.bus.records(topic), key=lambda record: record.offset)
        return newest

    def _console(self):
        return Console(
            make_bus=self._make_bus,
            apply_topics=self._apply_topics,
            environ=self.environ,
            now=lambda: self.now,
            sleep=self._sleep,
        )

    def _make_bus(self, settings):
        self.addresses.append(settings.kafka)
        return self.bus

    async def _apply_topics(self, settings, *, partitions, replication):
        self.addresses.append((settings.kafka, partitions, replication))
        return self.topic_results

    async def _sleep(self, seconds):
        self.slept_seconds.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def plain(event):
    """Return an event as its JSON says it."""
    return json.loads(msgspec.json.encode(event))
