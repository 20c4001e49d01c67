"""
Waiting for something, or for the end; and doing something again and again until then.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from rollguard_runtime.liveness import Progress

_PATIENCE_SECONDS = 1.0


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
    step: Callable[[], Coroutine[Any, Any, object]], *, every_seconds: float, loop: str, stop: asyncio.Event, progress: Progress
) -> None:
    """Take a step so often until told to stop; one that waits for the broker is no stall, and is broken off at the end."""
    progress.expect(loop)
    while not await stopped_within(every_seconds, stop):
        await until_stopped(_patiently(step(), loop, progress), stop)
        progress.beat(loop)
        progress.advance(loop, is_behind=False)


async def _patiently(work: Coroutine[Any, Any, object], loop: str, progress: Progress) -> None:
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait((task,), timeout=_PATIENCE_SECONDS))[0]:
            progress.wait(loop)
        task.result()
    finally:
        task.cancel()
