"""
Waiting for something, or for the end; and doing something again and again until then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from rollguard_runtime.liveness import Progress


async def until_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Await work; when told to stop first, cancel it and return. What the work raises is raised."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        for one in (task, stopped):
            one.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


async def stopped_within(seconds: float, stop: asyncio.Event) -> bool:
    """Sleep, but not beyond the end; return whether it came."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def repeat(
    step: Callable[[], Awaitable[object]], *, every_seconds: float, loop: str, stop: asyncio.Event, progress: Progress
) -> None:
    """Take a step so often until told to stop; each is told as progress of the loop of that name."""
    progress.expect(loop)
    while not await stopped_within(every_seconds, stop):
        await step()
        progress.beat(loop)
        progress.advance(loop, is_behind=False)
