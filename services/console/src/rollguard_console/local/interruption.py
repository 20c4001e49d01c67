"""
Ctrl-C while parts are being started.

The event loop turns Ctrl-C into a cancellation, which a wait that does not go through the loop never hears; starting a JVM is such
a wait, and a person who presses Ctrl-C twice should not have to.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end whatever runs, also a wait that does not go through the event loop."""
    previous = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
