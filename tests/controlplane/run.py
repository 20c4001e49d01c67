"""
The control plane within one test run: built beside the first tests, waited for by the last, so that it costs a run little.

``ROLLGUARD_KUBECONFIG`` uses a cluster that is there; ``ROLLGUARD_TEST_FAST`` (``make test FAST=1``) leaves the real thing out.
Tests that need it bear the mark ``controlplane``.
"""

import os
import threading

from controlplane import build
from controlplane.background import BackgroundBuild, Failed
from support.missing import Missing

MARK = "controlplane"
_GIVEN, _FAST = "ROLLGUARD_KUBECONFIG", "ROLLGUARD_TEST_FAST"


class ControlPlaneOfRun:
    """Knows which tests need it; ``say`` shows a line to whoever watches the run."""

    def __init__(self, say):
        self._background = BackgroundBuild(say)

    def why_not(self):
        """Return why there is none in this run, or None."""
        if os.environ.get(_GIVEN):
            return None
        if os.environ.get(_FAST):
            return "FAST=1 leaves it out; the drivers ran against a fake of our own only"
        reason = build.why_not()
        return None if reason is None else f"{reason}; the drivers ran against a fake of our own only"

    def begin(self, items):
        """Begin to build if a test of this run will need it."""
        if not os.environ.get(_GIVEN) and self.why_not() is None and any(needs_it(item) for item in items):
            self._background.begin()

    def begin_and_say(self):
        """Begin to build for the processes of a run, which wait for the same file, and show how it goes until it is there."""
        if not os.environ.get(_GIVEN) and self.why_not() is None:
            self._background.begin()
            threading.Thread(target=self._background.wait, daemon=True).start()

    def wait(self, item):
        """Wait for the build before a test that needs it, outside that test's own time."""
        if needs_it(item):
            self._background.wait()

    def start(self, folder):
        """Start it, or find the given one; raises ``Missing`` with the reason."""
        from controlplane import process  # noqa: PLC0415  # needs the client, which is absent where other services are tested alone

        if (reason := self.why_not()) is not None:
            raise Missing(reason)
        if given := os.environ.get(_GIVEN):
            return process.GivenCluster(given)
        try:
            return process.start(self._background.binary(), folder)
        except Failed as error:
            raise Missing(str(error)) from error

    def stop(self):
        """End what nobody waits for any more."""
        self._background.stop()


def needs_it(item):
    """Say whether a test needs it."""
    return item.get_closest_marker(MARK) is not None
