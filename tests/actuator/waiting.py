"""
Waiting for what an event loop brings about, patiently: no test asserts how long it takes.
"""

import asyncio
import time

_PATIENCE_SECONDS = 60.0


async def until(condition):
    """Wait until a condition holds."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up, "it never came to hold"
        await asyncio.sleep(0.01)
