"""
What a command works with: the bus, the clock, the environment and the output.

Everything that reaches outside is a field, so that a test hands in a memory bus and a clock of its own through the command's
context and drives the very commands that people type.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rollguard_console.output import Output
from rollguard_console.settings import ConsoleSettings
from rollguard_runtime.bus import Bus
from rollguard_runtime.settings import SharedSettings, load

SOURCE = "/rollguard/console"


def connect(settings: SharedSettings) -> Bus:
    """Make the bus over Kafka; the client's own complaints are left out: every failure comes back as an error that we tell."""
    from rollguard_runtime.kafka import KafkaBus  # noqa: PLC0415  # a quarter of a second that --help must not pay

    if settings.log_level != "debug":
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return KafkaBus(settings, client_id="rollguard-console")


async def apply_topics(settings: SharedSettings, *, partitions: int, replication: int) -> Any:
    """Create what is missing on the broker; return one ``TopicResult`` a topic."""
    from rollguard_runtime import topic_admin  # noqa: PLC0415  # as above

    return await topic_admin.apply_topics(settings, partitions=partitions, replication=replication)


@dataclass
class Console:
    """The world of one command; ``kafka`` is the address given on the command line, which goes before the environment's."""

    make_bus: Callable[[SharedSettings], Bus] = connect
    apply_topics: Callable[..., Awaitable[Any]] = apply_topics
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    kafka: str | None = None
    output: Output = field(default_factory=Output)

    @cached_property
    def settings(self) -> ConsoleSettings:
        """The settings; read once, when first asked for: ``policy check`` needs none."""
        given = {"ROLLGUARD_KAFKA": self.kafka} if self.kafka else {}
        return load(ConsoleSettings, "console", {**self.environ, **given})

    @cached_property
    def bus(self) -> Bus:
        """The broker."""
        return self.make_bus(self.settings)
