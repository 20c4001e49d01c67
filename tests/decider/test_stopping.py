"""
Steps that are taken again and again: until the end, and with patience for a broker.
"""

import asyncio

import pytest

from decider.offices import soon
from rollguard_decider.shell import stopping
from rollguard_runtime.liveness import Progress


class Loop:
    """A loop whose step does what the test says, and what is told of it."""

    def __init__(self, step):
        self.now, self.stop = 0.0, asyncio.Event()
        self.progress = Progress(stalled_after_seconds=10, clock=lambda: self.now)
        self.running = asyncio.ensure_future(
            stopping.repeat(step, every_seconds=0.001, loop="x", stop=self.stop, progress=self.progress)
        )

    async def end(self):
        self.stop.set()
        await self.running


async def test_steps_are_taken_until_the_end():
    steps = []

    async def step():
        steps.append(1)

    loop = Loop(step)
    await soon(lambda: len(steps) > 2)
    await loop.end()
    assert loop.progress.is_ready()


async def test_a_step_that_waits_for_the_broker_is_no_stall_and_is_broken_off_at_the_end(monkeypatch):
    monkeypatch.setattr(stopping, "_PATIENCE_SECONDS", 0.001)
    begun = asyncio.Event()

    async def step():
        begun.set()
        await asyncio.Event().wait()

    loop = Loop(step)
    await begun.wait()
    loop.now = 100.0
    await soon(lambda: loop.progress.complaint() is None)
    await loop.end()


async def test_what_breaks_a_step_ends_the_loop():
    async def step():
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await Loop(step).running
