"""
The build of the control plane beside a test run: begun before the first test, waited for before the first test that needs it.

A wait says now and then that it is one. The time of a test does not run meanwhile.
"""

import os
import signal
import subprocess
import sys
import time

from controlplane import build

SAY_EVERY_SECONDS = 30.0
_TAIL_LINES = 5


class Failed(RuntimeError):
    """Go refused; the text holds the end of what it said."""


class BackgroundBuild:
    """One run's build; ``say`` is told what a person would want to know."""

    def __init__(self, say):
        self._say = say
        self._process, self._log_path, self._began = None, None, time.monotonic()

    def begin(self):
        """Begin, unless the binary is there or cannot be built."""
        if build.why_not() is not None or build.binary().exists():
            return
        self._log_path = build.binary().with_name("build.log")
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        self._say(
            f"building the control plane in the background; the first time on a machine takes minutes (log: {self._log_path})"
        )
        with self._log_path.open("wb") as log:
            command = [sys.executable, build.__file__]
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)

    def wait(self):
        """Wait until the binary is there, or will not be."""
        while self._process is not None and self._process.poll() is None:
            try:
                self._process.wait(timeout=SAY_EVERY_SECONDS)
            except subprocess.TimeoutExpired:
                self._say(f"still building the control plane, {time.monotonic() - self._began:.0f} s so far")

    def binary(self):
        """Return the binary; raises ``Failed`` if there is none."""
        self.wait()
        if self._process is not None and self._process.returncode != 0:
            said = self._log_path.read_text(errors="replace").strip().splitlines()
            raise Failed("go build failed: " + " | ".join(said[-_TAIL_LINES:]))
        return build.binary()

    def stop(self):
        """End a build that nobody waits for any more, and the compilers that it started."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()
