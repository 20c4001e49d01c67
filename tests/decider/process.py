"""
The decider as a process of its own, which does not outlive whoever started it.
"""

import os
import subprocess
import sys
from contextlib import contextmanager


@contextmanager
def decider(bootstrap, log, **settings):
    """Run the service under ``ROLLGUARD_DECIDER_*`` settings; what it says goes to the end of ``log``."""
    named = {f"ROLLGUARD_DECIDER_{name.upper()}": text for name, text in settings.items()}
    with log.open("a") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "rollguard_decider", "run"],
            env={**os.environ, "ROLLGUARD_KAFKA": bootstrap, **named},
            stderr=lines,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
